import type { Credentials } from '../../src/cluster/credentials.js';
import { TIMEOUTS, type Protocol, type Timeouts } from '../../src/cluster/options.js';
import { createTransport, type Transport } from '../../src/cluster/transport.js';
import type { ResourceType } from '../../src/model/resource-type.js';
import type { ApiServerDouble } from './api-server-double.js';

export const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
export const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, watchable: true };

export interface DoubleTransportOptions {
  readonly ca?: string;
  readonly protocol?: Protocol;
  readonly timeouts?: Partial<Timeouts>;
  readonly proxy?: URL;
  readonly servername?: string;
  readonly server?: string;
}

export function credentialsFor(double: ApiServerDouble, options: DoubleTransportOptions = {}): Credentials {
  return {
    source: 'the test',
    server: new URL(options.server ?? double.url),
    namespace: undefined,
    proxy: options.proxy,
    tls: { ca: options.ca, cert: undefined, key: undefined, servername: options.servername, insecure: false },
    headers: { authorization: 'Bearer test' },
    tokenFile: undefined,
    expiresAt: undefined,
  };
}

/** A transport to a double with fixed credentials. */
export function transportTo(double: ApiServerDouble, options: DoubleTransportOptions = {}): Transport {
  const credentials = credentialsFor(double, options);
  return createTransport(
    { current: () => Promise.resolve(credentials), after401: () => Promise.resolve(null), close: () => undefined },
    { userAgent: 'kubetape/test', protocol: options.protocol ?? 'h2', timeouts: { ...TIMEOUTS, ...options.timeouts } },
  );
}

/** The error that a promise rejects with; fails when it does not. */
export async function failure<T = Error>(promise: Promise<unknown>): Promise<T> {
  const outcome = await promise.then((value) => ({ value }), (error: unknown) => ({ error }));
  if ('error' in outcome) return outcome.error as T;
  throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
}

/** Everything that an iterable gives. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of iterable) all.push(item);
  return all;
}
