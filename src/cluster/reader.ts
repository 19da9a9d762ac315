import { onAbort } from '../lib/abort.js';
import type {
  ClusterIdentity,
  ClusterReader,
  Discovery,
  ListChunk,
  ListRequest,
  WatchEvent,
  WatchRequest,
} from '../model/cluster-reader.js';
import type { ClusterWriter } from '../model/cluster-writer.js';
import type { ResourceType } from '../model/resource-type.js';
import type { ClusterSettings } from '../model/settings.js';
import { askObject, parseJson } from './body.js';
import { CredentialSource } from './credential-source.js';
import { discoverTypes } from './discovery.js';
import { identify } from './identity.js';
import { listType } from './list.js';
import { TIMEOUTS, type ClusterEnvironment, type ClusterOptions, type Timeouts } from './options.js';
import { describeObject, objectPath } from './paths.js';
import { ServerFacts } from './server-facts.js';
import { createTransport, type Transport } from './transport.js';
import { watchType } from './watch.js';
import { HttpClusterWriter } from './writer.js';

const MAX_OBJECT = 256 * 1024 * 1024;

/**
 * The cluster that settings and kubeconfig choose. Resolves the credentials, and asks the server nothing yet. Throws
 * ClusterError KUBECONFIG, and the signal's reason.
 */
export async function openCluster(settings: ClusterSettings, environment: ClusterEnvironment, options: ClusterOptions, signal?: AbortSignal): Promise<ClusterReader> {
  return (await openWritableCluster(settings, environment, options, signal)).reader;
}

/** The same for reading and writing, over the same connections; closing the reader closes both. */
export async function openWritableCluster(
  settings: ClusterSettings,
  environment: ClusterEnvironment,
  options: ClusterOptions,
  signal?: AbortSignal,
): Promise<{ readonly reader: ClusterReader; readonly writer: ClusterWriter }> {
  const timeouts: Timeouts = { ...TIMEOUTS, ...options.timeouts };
  const source = new CredentialSource(settings, environment, { timeouts, parseYaml: options.parseYaml });
  // A credential plugin may wait for its user for a minute; a signal does not.
  using _ending = signal === undefined ? null : onAbort(signal, () => source.close(signal.reason));
  const { server, namespace } = await source.current();
  const transport = createTransport(source, {
    userAgent: `kubetape/${options.version}`,
    protocol: options.protocol ?? 'http/1.1',
    timeouts,
  });
  const namespaces = options.namespaces ?? [];
  const reader = new HttpClusterReader({
    name: server.href.replace(/\/$/, ''),
    transport,
    timeouts,
    random: options.random ?? Math.random,
    namespaces: namespaces.length > 0 || namespace === undefined ? namespaces : [namespace],
  });
  return { reader, writer: new HttpClusterWriter(transport, timeouts) };
}

interface ReaderOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly timeouts: Timeouts;
  readonly random: () => number;
  readonly namespaces: readonly string[];
}

class HttpClusterReader implements ClusterReader {
  readonly name: string;
  readonly #options: ReaderOptions;
  readonly #facts: ServerFacts;

  constructor(options: ReaderOptions) {
    this.name = options.name;
    this.#options = options;
    this.#facts = new ServerFacts(options.transport, options.timeouts);
  }

  identity(signal: AbortSignal): Promise<ClusterIdentity> {
    return identify((name) => this.get(NAMESPACES, '', name, signal), this.#options.namespaces);
  }

  serverVersion(signal: AbortSignal): Promise<string> {
    return this.#facts.version(signal);
  }

  discover(pinned: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Discovery> {
    this.#facts.forget();
    return discoverTypes(this.#options, pinned, signal);
  }

  async *list(type: ResourceType, request: ListRequest, signal: AbortSignal): AsyncGenerator<ListChunk, void, undefined> {
    const { transport, timeouts } = this.#options;
    const streamed = request.unpaged === true || (await this.#facts.streams(type, signal));
    yield* listType({ transport, timeouts, streamed }, type, request, signal);
  }

  async get(type: ResourceType, namespace: string, name: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const { transport, timeouts } = this.#options;
    const what = `read ${describeObject(type, namespace, name)}`;
    const path = objectPath(type, namespace, name);
    const limits = { idleMs: timeouts.bodyMs, maxBytes: MAX_OBJECT };
    const bytes = await askObject(transport, { what, path, accept: 'application/json', gzip: true, signal }, limits);
    // The bytes are handed on as they came; those of a cut body must not be.
    if (bytes !== null) parseJson(bytes, what);
    return bytes;
  }

  watch(type: ResourceType, request: WatchRequest, signal: AbortSignal): AsyncGenerator<readonly WatchEvent[], void, undefined> {
    return watchType(this.#options, type, request, signal);
  }

  close(): Promise<void> {
    this.#options.transport.close();
    return Promise.resolve();
  }
}

const NAMESPACES: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  watchable: true,
};
