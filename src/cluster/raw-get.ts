import { onAbort } from '../lib/abort.js';
import type { ClusterSettings } from '../model/settings.js';
import { askWhole } from './body.js';
import { CredentialSource } from './credential-source.js';
import { TIMEOUTS, type ClusterEnvironment, type ClusterOptions, type Timeouts } from './options.js';
import { createTransport } from './transport.js';

/** One document that is no object: behind the API server's proxy, or of the server itself. */
export interface RawRequest {
  /** What a message says that we could not do: `ask service kubetape in namespace ops`. */
  what(namespace: string): string;
  /** Below the server's address; `namespace` is the one of the kubeconfig context, `default` without. */
  path(namespace: string): string;
}

const MAX_BODY = 16 * 1024 * 1024;

/** GET over the connection that settings and kubeconfig choose; the body of status 200. ClusterError as every read, the signal's reason. */
export async function rawGet(settings: ClusterSettings, environment: ClusterEnvironment, options: ClusterOptions, request: RawRequest, signal: AbortSignal): Promise<Buffer> {
  return withRawGet(settings, environment, options, (get) => get(request), signal);
}

/** The same for more than one document: credentials are asked for once. */
export async function withRawGet<T>(
  settings: ClusterSettings,
  environment: ClusterEnvironment,
  options: ClusterOptions,
  work: (get: (request: RawRequest) => Promise<Buffer>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const timeouts: Timeouts = { ...TIMEOUTS, ...options.timeouts };
  const source = new CredentialSource(settings, environment, { timeouts, parseYaml: options.parseYaml });
  using _ending = onAbort(signal, () => source.close(signal.reason));
  const { namespace = 'default' } = await source.current();
  const transport = createTransport(source, { userAgent: `kubetape/${options.version}`, protocol: options.protocol ?? 'http/1.1', timeouts });
  try {
    return await work((request) => askWhole(
      transport,
      { what: request.what(namespace), path: request.path(namespace), accept: 'application/json', signal },
      { idleMs: timeouts.bodyMs, maxBytes: MAX_BODY },
    ));
  } finally {
    transport.close();
  }
}
