// Load for the benchmarks: ConfigMaps of about 1.2 KB with content that compresses like configuration does.
import { Agent, request } from 'node:https';
import { createGunzip } from 'node:zlib';

export interface Api {
  readonly server: string;
  readonly token: string;
}

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 64 });

/** One request; resolves with status and body length (the body is not kept). */
export function call(api: Api, method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, api.server), {
      method, agent, rejectUnauthorized: false,
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json', ...headers },
    }, (response) => {
      let bytes = 0;
      const body$ = response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip({ chunkSize: 65_536 })) : response;
      body$.on('data', (chunk: Buffer) => { bytes += chunk.length; });
      body$.on('end', () => resolve({ status: response.statusCode ?? 0, bytes }));
      body$.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const WORDS = ['timeout', 'replica', 'endpoint', 'true', 'false', 'https', 'internal', 'cache', 'level', 'debug', 'region', 'bucket', 'user', 'pool', 'retries'];

export function configMap(index: number, namespaces: number): { readonly path: string; readonly name: string; readonly namespace: string; readonly body: string } {
  const namespace = `bench-${index % namespaces}`;
  const name = `settings-${String(index).padStart(6, '0')}`;
  const lines: string[] = [];
  let seed = index + 1;
  for (let length = 0; length < 780;) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const line = `${WORDS[seed % WORDS.length]}.${WORDS[(seed >>> 8) % WORDS.length]}=${(seed >>> 4).toString(36)}`;
    lines.push(line);
    length += line.length + 1;
  }
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { app: `app-${index % 37}` } }, data: { 'app.properties': `${lines.join('\n')}\n`, revision: String(index) } });
  return { path: `/api/v1/namespaces/${namespace}/configmaps`, name, namespace, body };
}

/** Makes ConfigMaps from..to in `namespaces` namespaces, 48 requests in flight. */
export async function load(api: Api, from: number, to: number, namespaces: number): Promise<void> {
  if (from === 0) {
    for (let i = 0; i < namespaces; i++) await call(api, 'POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `bench-${i}` } }));
  }
  let next = from;
  await Promise.all(Array.from({ length: 48 }, async () => {
    while (next < to) {
      const { path, body } = configMap(next++, namespaces);
      const { status } = await call(api, 'POST', path, body);
      if (status !== 201) throw new Error(`POST ${path} answered ${status}`);
    }
  }));
}
