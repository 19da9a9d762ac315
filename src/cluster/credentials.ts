import { readFile } from 'node:fs/promises';
import { onAbort } from '../lib/abort.js';
import { messageOf, systemCode } from '../lib/errors.js';
import { startWorker } from '../lib/start-worker.js';
import type { ClusterError } from '../model/cluster-error.js';
import type { CredentialsAnswer, CredentialsFailure, CredentialsQuestion } from './credentials-worker.js';
import { kubeconfigError, type Selection } from './kubeconfig.js';
import { proxyFor } from './proxy.js';
import type { ClusterEnvironment, Timeouts } from './options.js';

export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly insecure: boolean;
}

/** All that a request needs; plain data. */
export interface Credentials {
  readonly source: string;
  readonly server: URL;
  readonly namespace: string | undefined;
  readonly proxy: URL | undefined;
  readonly tls: TlsMaterial;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tokenFile: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/** Who hands out the credentials in force. */
export interface CredentialProvider {
  /** A promise only when they must be asked for or renewed first. */
  current(): Credentials | Promise<Credentials>;
  /** After a 401 with `used`: others, or null when there are none to try. */
  after401(used: Credentials): Promise<Credentials | null>;
  close(): void;
}

/**
 * Turns a selection into credentials by @kubernetes/client-node's KubeConfig, in a worker that ends with its answer.
 * Throws ClusterError KUBECONFIG that names file or context, never a credential.
 */
export async function resolveCredentials(
  selection: Selection,
  environment: ClusterEnvironment,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Credentials> {
  const { server, cluster, user, source, tokenFile } = selection;
  const answer = await askWorker({ server, cluster, user }, source, timeouts.credentialsMs, signal);
  if ('failed' in answer) throw failureError(answer, user, source);
  const authorization = tokenFile === undefined ? answer.authorization : `Bearer ${await readToken(tokenFile, source)}`;
  const plugin = user['exec'] ?? user['auth-provider'];
  if (authorization === undefined && answer.cert === undefined && plugin !== undefined && plugin !== null) {
    throw kubeconfigError(`The credential plugin of ${source} gave neither token nor certificate`, 'Run it by hand to see its answer; log in again');
  }
  if (/[^\x20-\x7e]/.test(authorization ?? '')) {
    throw kubeconfigError(`The token of ${source} has characters that no token has`, 'Check the token or its file');
  }
  const url = new URL(server);
  return {
    source,
    server: url,
    namespace: selection.namespace,
    proxy: proxyFor(url, selection.proxyUrl, environment),
    tls: { ca: answer.ca, cert: answer.cert, key: answer.key, servername: answer.servername, insecure: answer.insecure },
    headers: { ...(authorization === undefined ? {} : { authorization }), ...selection.impersonate },
    tokenFile,
    expiresAt: answer.expiresAt ?? jwtExpiry(authorization),
  };
}

/** The token that a file holds now. */
export async function readToken(path: string, source: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw kubeconfigError(`Could not read the token file ${path} of ${source}: ${systemCode(error) ?? messageOf(error)}`, 'Check the path and that the file may be read', error);
  }
  if (token === '') throw kubeconfigError(`The token file ${path} of ${source} is empty`, 'Wait until it is written, or correct the path');
  return token;
}

function askWorker(
  question: CredentialsQuestion,
  source: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CredentialsAnswer | CredentialsFailure> {
  signal.throwIfAborted();
  const worker = startWorker('./credentials-worker', import.meta.url, { workerData: question });
  return new Promise<CredentialsAnswer | CredentialsFailure>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(kubeconfigError(`The credentials of ${source} did not come within ${timeoutMs / 1000} s`, 'Run the credential plugin by hand: it may wait for input'));
    }, timeoutMs);
    const abort = onAbort(signal, () => reject(signal.reason));
    worker.once('message', resolve);
    worker.once('error', (error) => {
      reject(kubeconfigError(`Could not work out the credentials of ${source}: ${error.name}`, 'Check the kubeconfig', error));
    });
    worker.once('exit', () => {
      clearTimeout(timer);
      abort[Symbol.dispose]();
      reject(kubeconfigError(`Could not work out the credentials of ${source}: the worker ended`, 'Check the kubeconfig'));
    });
  }).finally(() => worker.terminate());
}

function failureError({ failed, why }: CredentialsFailure, user: Selection['user'], source: string): ClusterError {
  const exec = user['exec'] as { command?: unknown; installHint?: unknown } | undefined | null;
  if (failed === 'file') return kubeconfigError(`Could not read a file of ${source}: ${why}`, 'Check the path and that the file may be read');
  if (exec === undefined || exec === null) {
    return kubeconfigError(`Could not work out the credentials of ${source}: ${withoutTokens(why)}`, 'Log in again, or correct the user in the kubeconfig');
  }
  const hint = typeof exec.installHint === 'string' && why.endsWith('ENOENT') ? exec.installHint : 'Run the plugin by hand to see what it says';
  return kubeconfigError(`The credential plugin ${String(exec.command)} of ${source} failed: ${withoutTokens(why)}`, hint.trim().slice(0, 200));
}

/** A plugin's own words, without anything long enough to be a credential. */
function withoutTokens(words: string): string {
  return words.trim().replaceAll(/[\w+=.~-]{24,}/g, '…');
}

/** `exp` of a JSON Web Token (RFC 7519 §4.1.4): bearer tokens of service accounts and OIDC are ones. */
function jwtExpiry(authorization: string | undefined): number | undefined {
  const payload = authorization?.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
