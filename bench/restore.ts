// Speed of putting back (issue 5): npm run build, then node --import tsx bench/restore.ts [30000 [3]]. ConfigMaps and Secrets of 1.2 KB on a real control
// plane: how fast the server takes them from a bare loop, how fast our apply phase is, the whole command (without the --settle wait), and the plan of
// what is unchanged; then the same 20 ms away (acceptance test 22 of restore.md §8).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWritableCluster } from '../src/cluster/reader.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../test/support/cluster-settings.js';
import { ControlPlane } from '../test/support/control-plane.js';
import { tokenOf } from '../test/support/control-plane-files.js';
import { exportOnce, testPolicy } from '../test/support/mirror-run.js';
import { call, configMap, type Api } from './load.js';
import { measure, row, waitFor, type Measured } from './measure.js';

const COUNT = Number(process.argv[2] ?? 30_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const NAMESPACES = 20;
const IN_FLIGHT = 32;
const RTT_MS = 20;
const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');

/** What of report.json is read here. */
interface Report {
  readonly phases: Readonly<Record<string, number>>;
  readonly counts: { readonly done: number };
}

interface Round {
  /** Mean of the loops before and after: the machine drifts. */
  readonly bare: number;
  readonly seconds: number;
  readonly peakMb: number;
  readonly 'start, plan, report': number;
  readonly saving: number;
  readonly applying: number;
  readonly verifying: number;
}

const folder = mkdtempSync(join(tmpdir(), 'kubetape-bench-'));
const plane = await ControlPlane.start({ controllerManager: false });
const api: Api = { server: plane.server, token: tokenOf('admin') };
try {
  for (let i = 0; i < NAMESPACES; i++) await call(api, 'POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `bench-${i}` } }));
  await bareLoop(); // warms the server up, and is what is recorded
  const { reader } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig() }, {}, CLUSTER_OPTIONS);
  await exportOnce(reader, join(folder, 'cluster.git'), { policy: testPolicy({ secrets: 'plain', digestKey: null }) });
  await reader.close();

  row('load average before', loadavg().map((each) => each.toFixed(1)).join(' '));
  const plan = await kubetape(plane.kubeconfig(), 'plan');
  row(`plan of ${COUNT} unchanged objects`, `${plan.seconds.toFixed(2)} s`, '≤ 4 s at 30,000');
  const rounds: Round[] = [];
  const loops = [await wipedBareLoop()];
  for (let n = 0; n < ROUNDS; n++) {
    const whole = await wholeCommand();
    loops.push(await wipedBareLoop());
    rounds.push({ ...whole, bare: ((loops[n] ?? Number.NaN) + (loops[n + 1] ?? Number.NaN)) / 2 });
  }
  const middle = (of: (each: Round) => number): number => rounds.map(of).sort((x, y) => x - y)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  const each = (of: (round: Round) => string): string => rounds.map(of).join(', ');
  row(`bare loop, ${IN_FLIGHT} in flight`, `${(COUNT / middle(({ bare }) => bare)).toFixed(0)} /s`, `medians of ${ROUNDS} rounds`);
  row('apply phase', `${(COUNT / middle(({ applying }) => applying)).toFixed(0)} /s`, `${(100 * middle(({ bare, applying }) => bare / applying)).toFixed(0)} % of the bare loop (≥ 80 %); ${each(({ bare, applying }) => ((100 * bare) / applying).toFixed(0))}`);
  row('whole command', `${middle(({ seconds }) => seconds).toFixed(1)} s`, `${middle(({ bare, seconds }) => seconds / bare).toFixed(2)} × the bare loop (≤ 3); ${each(({ bare, seconds }) => (seconds / bare).toFixed(2))}`);
  row('peak memory', `${Math.max(...rounds.map(({ peakMb }) => peakMb)).toFixed(0)} MB`, '≤ 350 MB');
  for (const part of ['start, plan, report', 'saving', 'applying', 'verifying'] as const) row(`  ${part}`, `${middle((round) => round[part]).toFixed(1)} s`);
  await distant();
  row('load average after', loadavg().map((each) => each.toFixed(1)).join(' '));
} finally {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Every other object is a Secret of the same size. */
function bodyOf(index: number): { readonly path: string; readonly body: string } {
  const map = configMap(index, NAMESPACES);
  if (index % 2 === 0) return map;
  const { metadata, data } = JSON.parse(map.body) as { metadata: object; data: Record<string, string> };
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  return { path: map.path.replace(/configmaps$/, 'secrets'), body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, data: encoded, type: 'Opaque' }) };
}

async function wipedBareLoop(): Promise<number> {
  await wipe();
  return bareLoop();
}

/** Seconds of the command and its phases, on the emptied server. */
async function wholeCommand(kubeconfig = plane.kubeconfig()): Promise<Omit<Round, 'bare'>> {
  await wipe();
  const whole = await kubetape(kubeconfig, 'restore', '--yes', '--settle', '0s', '--report', join(folder, 'report'));
  const { phases, counts } = JSON.parse(readFileSync(join(folder, 'report', 'report.json'), 'utf8')) as Report;
  if (counts.done !== COUNT) throw new Error(`${counts.done} of ${COUNT} done`);
  const { preflight = 0, saving = 0, applying = 0, verifying = 0 } = phases;
  const rest = whole.seconds - (preflight + saving + applying + verifying) / 1000;
  return { seconds: whole.seconds, peakMb: whole.peakMb, 'start, plan, report': rest, saving: saving / 1000, applying: applying / 1000, verifying: verifying / 1000 };
}

/** The whole command at a distance, and again when there is nothing to do. */
async function distant(): Promise<void> {
  const network = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'distance.ts'), new URL(plane.server).port, String(RTT_MS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(network.stdout, 'data')) as [Buffer];
    const kubeconfig = join(folder, 'distant');
    writeFileSync(kubeconfig, readFileSync(plane.kubeconfig(), 'utf8').replaceAll(plane.server, `https://127.0.0.1:${port.toString().trim()}`));
    const whole = await wholeCommand(kubeconfig);
    row(`whole command, ${RTT_MS} ms away`, `${whole.seconds.toFixed(1)} s`, `≤ 180 s; peak ${whole.peakMb.toFixed(0)} MB (≤ 300)`);
    const again = await kubetape(kubeconfig, 'restore', '--yes');
    row('again: nothing to write', `${again.seconds.toFixed(1)} s`, '≤ 15 s');
  } finally {
    network.kill();
  }
}

/** Seconds. */
async function bareLoop(): Promise<number> {
  const bodies = Array.from({ length: COUNT }, (_, i) => bodyOf(i));
  let next = 0;
  const started = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < COUNT) {
      const { path, body } = bodies[next++] ?? bodyOf(0);
      const { status } = await call(api, 'POST', path, body);
      if (status !== 201) throw new Error(`POST ${path} answered ${status}`);
    }
  }));
  return (performance.now() - started) / 1000;
}

async function wipe(): Promise<void> {
  const collections = Array.from({ length: NAMESPACES }, (_, i) => ['configmaps', 'secrets'].map((each) => `/api/v1/namespaces/bench-${i}/${each}`)).flat();
  for (const path of collections) await call(api, 'DELETE', path);
  await waitFor('everything is gone', async () => (await Promise.all(collections.map((path) => plane.request('GET', `${path}?limit=1`)))).every(({ json }) => json.items.length === 0));
}

/** One whole command on the scope of the bench, in a process of its own. */
async function kubetape(kubeconfig: string, command: string, ...options: readonly string[]): Promise<Measured> {
  const places = ['--repo', join(folder, 'cluster.git'), '--kubeconfig', kubeconfig];
  const measured = await measure(process.execPath, [MAIN, command, 'HEAD', '-n', 'bench-*', ...places, '--quiet', ...options]);
  if (measured.exitCode !== 0) throw new Error(`kubetape ${command} ended with ${String(measured.exitCode)}: ${measured.stderr}`);
  return measured;
}
