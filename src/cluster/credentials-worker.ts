// Runs in a worker thread that ends with its answer: @kubernetes/client-node costs 75-100 MB while it is loaded.
import { parentPort, workerData } from 'node:worker_threads';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Fields } from './kubeconfig.js';

export interface CredentialsQuestion {
  readonly server: string;
  readonly cluster: Fields;
  readonly user: Fields;
}

/** What client-node made of it; PEM as text. */
export interface CredentialsAnswer {
  readonly authorization: string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly insecure: boolean;
  /** Milliseconds since 1970, when the plugin names it. */
  readonly expiresAt: number | undefined;
}

/** Why there is none, without any text that could hold a credential. */
export interface CredentialsFailure {
  readonly failed: 'file' | 'plugin' | 'other';
  /** A system error's code and path, or the plugin's own standard error. */
  readonly why: string;
}

parentPort?.postMessage(await resolve(workerData as CredentialsQuestion).catch(toFailure));

async function resolve(question: CredentialsQuestion): Promise<CredentialsAnswer> {
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(toDocument(question)));
  const options: RequestOptions & { servername?: string } = {};
  await config.applyToHTTPSOptions(options);
  const headers = (options.headers ?? {}) as Record<string, unknown>;
  const authorization = headers['Authorization'] ?? basic(options.auth);
  return {
    authorization: typeof authorization === 'string' ? authorization.trim() : undefined,
    ca: pem(options.ca),
    cert: pem(options.cert),
    key: pem(options.key),
    servername: options.servername,
    insecure: options.rejectUnauthorized === false,
    expiresAt: pluginExpiry(config),
  };
}

/**
 * One cluster, one user. Token files and proxies are left out: we read and use them ourselves. client-node refuses
 * plain http unless verification is off, where that has no effect.
 */
function toDocument({ server, cluster, user }: CredentialsQuestion): Fields {
  const { 'proxy-url': _proxy, ...rest } = cluster;
  const { tokenFile: _tokenFile, as: _as, exec, ...identity } = user;
  const skip = server.startsWith('http:') ? true : rest['insecure-skip-tls-verify'];
  return {
    clusters: [{ name: 'c', cluster: { ...rest, server, 'insecure-skip-tls-verify': skip } }],
    users: [{ name: 'u', user: { ...identity, ...(exec === undefined || exec === null ? {} : { exec: withExecInfo(exec as Fields, cluster) }) } }],
    contexts: [{ name: 'k', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'k',
  };
}

/** Plugins read KUBERNETES_EXEC_INFO, which client-node does not set (client-go, plugin/pkg/client/auth/exec). */
function withExecInfo(exec: Fields, cluster: Fields): Fields {
  const spec: Fields = { interactive: false };
  if (exec['provideClusterInfo'] === true) spec['cluster'] = cluster;
  const value = JSON.stringify({ kind: 'ExecCredential', apiVersion: exec['apiVersion'], spec });
  const env = Array.isArray(exec['env']) ? (exec['env'] as unknown[]) : [];
  return { ...exec, env: [{ name: 'KUBERNETES_EXEC_INFO', value }, ...env] };
}

/** client-node keeps the plugin's answer to itself; without it an expiry is only noticed by a 401. */
function pluginExpiry(config: KubeConfig): number | undefined {
  const authenticators = (config as unknown as { authenticators?: { tokenCache?: Record<string, unknown> }[] }).authenticators;
  for (const { tokenCache } of authenticators ?? []) {
    const answer = tokenCache?.['u'] as { status?: { expirationTimestamp?: unknown } } | undefined;
    const time = Date.parse(String(answer?.status?.expirationTimestamp));
    if (!Number.isNaN(time)) return time;
  }
  return undefined;
}

function basic(auth: unknown): string | undefined {
  return typeof auth === 'string' ? `Basic ${Buffer.from(auth).toString('base64')}` : undefined;
}

function pem(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : undefined;
}

function toFailure(error: unknown): CredentialsFailure {
  const { code, path, syscall, message } = (error ?? {}) as { code?: unknown; path?: unknown; syscall?: unknown; message?: unknown };
  if (typeof code === 'string' && typeof path === 'string') {
    return { failed: String(syscall).startsWith('spawn') ? 'plugin' : 'file', why: `${path}: ${code}` };
  }
  // JSON.parse quotes what it could not read, which may be the token.
  if (error instanceof SyntaxError || error instanceof TypeError) return { failed: 'plugin', why: 'it answered no ExecCredential' };
  return { failed: 'other', why: typeof message === 'string' ? message : 'unknown' };
}
