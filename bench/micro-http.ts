// HTTP/1.1 against HTTP/2 for what a mirror does: many idle watches, many events, large lists. Loopback TLS, the server
// in a process of its own. Run: npx tsx bench/micro-http.ts
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCluster } from '../src/cluster/reader.js';
import type { Protocol } from '../src/cluster/options.js';
import type { ClusterReader } from '../src/model/cluster-reader.js';
import type { ResourceType } from '../src/model/resource-type.js';
import { begin, sendJson, startApiServerDouble, type Exchange } from '../test/support/api-server-double.js';
import { makeCertificates } from '../test/support/certificates.js';
import { CLUSTER_OPTIONS, NO_SETTINGS, writeKubeconfig } from '../test/support/cluster-settings.js';

const EVENTS = 100_000;
const ITEMS = 60_000;
const OBJECT = JSON.stringify({
  metadata: { name: 'web', namespace: 'shop', uid: '00000000-0000-0000-0000-000000000000', resourceVersion: '1', labels: { app: 'web' } },
  data: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key-${i}`, `the value of key ${i}, of some length`])),
});
const LINE = Buffer.from(`{"type":"MODIFIED","object":${OBJECT}}\n`);
const BOOKMARK = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}\n';

if (process.argv[2] === 'server') await serve(process.argv[3] as Protocol, process.argv[4] ?? '');
else for (const protocol of ['http/1.1', 'h2'] as const) await measure(protocol);

async function serve(protocol: Protocol, folder: string): Promise<void> {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const certificates = { folder, ca: read('ca.crt'), server: { cert: read('server.crt'), key: read('server.key') } };
  const double = await startApiServerDouble({ protocol, certificates }, answer);
  process.send?.(double.port);
}

async function answer(exchange: Exchange): Promise<void> {
  const { path, query } = exchange;
  if (path === '/version') return sendJson(exchange, { gitVersion: 'v1.36.3' });
  if (query.get('watch') !== 'true' && !path.includes('configmaps')) return sendJson(exchange, { items: [] });
  const body = begin(exchange);
  const drained = async (more: boolean): Promise<void> => void (more || (await once(body, 'drain')));
  if (query.get('watch') !== 'true') {
    body.write('{"kind":"List","metadata":{"resourceVersion":"1"},"items":[');
    const ten = `${`${OBJECT},`.repeat(9)}${OBJECT}`;
    for (let i = 0; i < ITEMS / 10; i++) await drained(body.write(i === 0 ? ten : `,${ten}`));
    body.end(']}');
  } else if (query.get('resourceVersion') === 'idle') {
    body.write(BOOKMARK);
  } else {
    const ten = Buffer.concat(Array.from({ length: 10 }, () => LINE));
    for (let i = 0; i < EVENTS / 10; i++) await drained(body.write(ten));
    body.end();
  }
}

async function measure(protocol: Protocol): Promise<void> {
  const certificates = makeCertificates();
  const server = fork(fileURLToPath(import.meta.url), ['server', protocol, certificates.folder]);
  const [port] = (await once(server, 'message')) as [number];
  const kubeconfig = writeKubeconfig({ server: `https://127.0.0.1:${port}`, 'certificate-authority': join(certificates.folder, 'ca.crt') }, {});
  const open = (): Promise<ClusterReader> => openCluster({ ...NO_SETTINGS, kubeconfig }, {}, { ...CLUSTER_OPTIONS, protocol });
  for (const watches of [150, 2000]) await measureIdle(await open(), protocol, watches);
  await measureEvents(await open(), protocol);
  await measureList(await open(), protocol);
  await stop(server);
}

/** Opens watches and waits for the first bookmark of each. */
async function measureIdle(cluster: ClusterReader, protocol: Protocol, watches: number): Promise<void> {
  const ending = new AbortController();
  const meter = startMeter();
  const before = process.memoryUsage().rss;
  const iterators = await Promise.all(
    Array.from({ length: watches }, async (_, i) => {
      const events = cluster.watch(typeNamed(`type${i}`), { from: 'idle' }, ending.signal)[Symbol.asyncIterator]();
      await events.next();
      return events;
    }),
  );
  const rss = ((process.memoryUsage().rss - before) / 1e6).toFixed(0);
  print(protocol, `${watches} idle watches`, `${meter().text}, ${rss} MB more`);
  const rests = iterators.map((events) => events.next().catch(() => undefined));
  ending.abort(new Error('measured'));
  await Promise.all(rests);
  await cluster.close();
}

async function measureEvents(cluster: ClusterReader, protocol: Protocol): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const meter = startMeter();
    let count = 0;
    for await (const events of cluster.watch(typeNamed('configmaps'), { from: '1' }, new AbortController().signal)) count += events.length;
    const { ms, cpuMs } = meter();
    print(protocol, `${count} events of ${LINE.length} B`, `${Math.round((count / ms) * 1000)}/s, ${((cpuMs * 1000) / count).toFixed(1)} µs CPU each`);
  }
  await cluster.close();
}

async function measureList(cluster: ClusterReader, protocol: Protocol): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const meter = startMeter();
    let bytes = 0;
    for await (const chunk of cluster.list(typeNamed('configmaps'), {}, new AbortController().signal)) if (chunk.kind === 'items') bytes += chunk.items.length;
    const { ms, text } = meter();
    print(protocol, `list of ${Math.round(bytes / 1e6)} MB, identity`, `${Math.round(bytes / 1000 / ms)} MB/s, ${text}`);
  }
  await cluster.close();
}

function startMeter(): () => { readonly ms: number; readonly cpuMs: number; readonly text: string } {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const ms = performance.now() - start;
    const used = process.cpuUsage(cpu);
    const cpuMs = (used.user + used.system) / 1000;
    return { ms, cpuMs, text: `${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms CPU` };
  };
}

function typeNamed(resource: string): ResourceType {
  return { group: '', version: 'v1', resource, kind: 'Bench', namespaced: true, watchable: true };
}

function print(protocol: Protocol, what: string, figures: string): void {
  process.stdout.write(`${protocol.padEnd(8)}  ${what.padEnd(32)}  ${figures}\n`);
}

async function stop(server: ChildProcess): Promise<void> {
  server.kill();
  await once(server, 'exit');
}
