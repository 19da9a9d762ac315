import { ClusterError } from '../model/cluster-error.js';
import { apiVersionOf, type ResourceType } from '../model/resource-type.js';
import { askJson } from './body.js';
import { printable, requestError } from './errors.js';
import type { Timeouts } from './options.js';
import type { Transport } from './transport.js';

const MAX_DOCUMENT = 64 * 1024 * 1024;
/** The first minor of Kubernetes 1 that writes a JSON list item by item (KEP-5116, on by default). */
const STREAMING_MINOR = 33;

interface Facts {
  /** Of Kubernetes 1; undefined when the version cannot be read. */
  readonly minor: number | undefined;
  /** group/version that another server answers behind the API server; undefined when they may not be read. */
  readonly aggregated: ReadonlySet<string> | undefined;
}

/** What has to be known of a server to read from it sparingly. Read once, and again with every discovery. */
export class ServerFacts {
  readonly #transport: Transport;
  readonly #timeouts: Timeouts;
  #facts: Promise<Facts> | undefined;

  constructor(transport: Transport, timeouts: Timeouts) {
    this.#transport = transport;
    this.#timeouts = timeouts;
  }

  /** `v1.36.3`, with `(emulating 1.33)` where it does. */
  async version(signal: AbortSignal): Promise<string> {
    const document = await this.#readVersion(signal);
    const { gitVersion, major, minor, emulationMajor, emulationMinor } = document;
    if (typeof gitVersion !== 'string') throw requestError('MALFORMED', 'read the server version', 'the answer has no gitVersion');
    const emulated = `${String(emulationMajor)}.${String(emulationMinor)}`;
    const emulates = emulationMajor !== undefined && emulationMinor !== undefined && emulated !== `${String(major)}.${String(minor)}`;
    return printable(emulates ? `${gitVersion} (emulating ${emulated})` : gitVersion);
  }

  /**
   * Whether a list of this type is streamed: built-in types and CRDs from 1.33 on. What an aggregated server does is
   * not known, so it is no; where APIServices may not be read, a group that is not Kubernetes' own counts as aggregated.
   */
  async streams(type: ResourceType, signal: AbortSignal): Promise<boolean> {
    this.#facts ??= this.#read(signal);
    let facts: Facts;
    try {
      facts = await this.#facts;
    } catch {
      this.#facts = undefined;
      signal.throwIfAborted();
      // The list itself will meet the same trouble and say so; pages are right for any server.
      return false;
    }
    if (facts.minor === undefined || facts.minor < STREAMING_MINOR) return false;
    if (facts.aggregated === undefined) return !type.group.includes('.') || type.group.endsWith('.k8s.io');
    return !facts.aggregated.has(apiVersionOf(type));
  }

  /** Makes the next question read again. */
  forget(): void {
    this.#facts = undefined;
  }

  async #read(signal: AbortSignal): Promise<Facts> {
    const [version, aggregated] = await Promise.all([this.#readVersion(signal), this.#readAggregated(signal)]);
    const { gitVersion, emulationMinor } = version;
    const emulated = typeof emulationMinor === 'string' ? /^\d+/.exec(emulationMinor)?.[0] : undefined;
    const [, major, minor] = (typeof gitVersion === 'string' ? /^v?(\d+)\.(\d+)/.exec(gitVersion) : null) ?? [];
    return { minor: major === '1' ? Number(emulated ?? minor) : undefined, aggregated };
  }

  async #readVersion(signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const document = await this.#ask('read the server version', '/version', signal);
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  }

  async #readAggregated(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    try {
      const list = (await this.#ask('list the aggregated APIs', '/apis/apiregistration.k8s.io/v1/apiservices', signal)) as {
        items?: { spec?: { group?: string; version?: string; service?: unknown } }[];
      } | null;
      const specs = (list?.items ?? []).map((item) => item.spec).filter((spec) => spec?.service !== undefined && spec.service !== null);
      return new Set(specs.map((spec) => apiVersionOf({ group: spec?.group ?? '', version: spec?.version ?? '' })));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ClusterError) return undefined;
      throw error;
    }
  }

  #ask(what: string, path: string, signal: AbortSignal): Promise<unknown> {
    return askJson(this.#transport, { what, path, accept: 'application/json', signal }, { idleMs: this.#timeouts.bodyMs, maxBytes: MAX_DOCUMENT });
  }
}
