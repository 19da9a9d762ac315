// Speed of putting back (issue 5): node --import tsx bench/restore.ts [30000]. ConfigMaps and Secrets of 1.2 KB on a real control plane: how fast
// the server takes them from a bare loop, how fast our apply phase is, the whole command, and the plan of what is unchanged.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWritableCluster } from '../src/cluster/reader.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../test/support/cluster-settings.js';
import { ControlPlane } from '../test/support/control-plane.js';
import { tokenOf } from '../test/support/control-plane-files.js';
import { exportOnce, testPolicy } from '../test/support/mirror-run.js';
import { call, configMap, type Api } from './load.js';
import { row, sample, waitFor } from './measure.js';

const COUNT = Number(process.argv[2] ?? 30_000);
const NAMESPACES = 20;
const IN_FLIGHT = 32;
const CHILD = join(import.meta.dirname, 'restore-child.ts');

interface Ended {
  readonly seconds: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly unchanged: number;
  readonly done: number;
  readonly peakMb: number;
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
  const plan = await child('plan');
  row(`plan of ${plan.unchanged} unchanged objects`, `${plan.seconds.toFixed(2)} s`, '≤ 4 s at 30,000');
  await wipe();
  const bare = await bareLoop();
  row(`bare loop, ${IN_FLIGHT} in flight`, `${(COUNT / bare).toFixed(0)} /s`);
  await wipe();
  const whole = await child('whole');
  const applying = whole.phases['applying'] ?? Number.NaN;
  row('apply phase', `${(whole.done / applying).toFixed(0)} /s`, `${((100 * bare) / applying).toFixed(0)} % of the bare loop (≥ 80 %)`);
  row('whole command', `${whole.seconds.toFixed(1)} s`, `${(whole.seconds / bare).toFixed(2)} × the bare loop (≤ 3); ${whole.done} of ${COUNT} done`);
  row('peak memory', `${whole.peakMb.toFixed(0)} MB`, '≤ 350 MB');
  for (const [name, seconds] of Object.entries(whole.phases)) row(`  ${name}`, `${seconds.toFixed(1)} s`);
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

/** Runs a restore in a process of its own and watches its memory. */
async function child(what: string): Promise<Ended> {
  const process_ = spawn(process.execPath, ['--import', 'tsx', CHILD, plane.kubeconfig(), folder, what], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let peakMb = 0;
  process_.stdout.on('data', (part: Buffer) => { output += part.toString(); });
  const sampler = setInterval(() => { peakMb = Math.max(peakMb, sample(process_)?.peakMb ?? 0); }, 50);
  const code = await new Promise((done) => process_.once('close', done));
  clearInterval(sampler);
  if (code !== 0) throw new Error(`The restore ended with ${String(code)}`);
  return { ...(JSON.parse(output.trim().split('\n').at(-1) ?? '') as Omit<Ended, 'peakMb'>), peakMb };
}
