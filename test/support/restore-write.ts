// One object written to a real API server by src/restore/write, from a state that a commit could hold.
import { Canonicaliser } from '../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../src/canon/pack-files.js';
import { openWritableCluster } from '../../src/cluster/reader.js';
import { systemClock } from '../../src/lib/clock.js';
import type { JsonObject } from '../../src/lib/json.js';
import { parseJson } from '../../src/lib/parse-json.js';
import { NO_FACTS } from '../../src/model/canonical.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { ClusterWriter } from '../../src/model/cluster-writer.js';
import { EVERYTHING } from '../../src/model/filter.js';
import type { ResourceType } from '../../src/model/resource-type.js';
import { readDesired, type DesiredObject } from '../../src/restore/desired.js';
import type { DestructiveIntent, WriteDeps, WriteOutcome, WriteRequest } from '../../src/restore/write/write-deps.js';
import { writeObject } from '../../src/restore/write/write-object.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import type { ControlPlane } from './control-plane.js';
import { scopeFacts } from './restore-facts.js';

const canonicaliser = new Canonicaliser({ packs: [loadCorePack()], filter: EVERYTHING, secrets: 'plain', digestKey: null }, { checkEvery: 1 });

export class RestoreWriting {
  readonly intents: DestructiveIntent[] = [];
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly #types: readonly ResourceType[];
  readonly signal = new AbortController().signal;

  static async over(plane: ControlPlane): Promise<RestoreWriting> {
    const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig() }, {}, CLUSTER_OPTIONS);
    const { types } = await reader.discover(new Map(), new AbortController().signal);
    return new RestoreWriting(reader, writer, types);
  }

  constructor(reader: ClusterReader, writer: ClusterWriter, types: readonly ResourceType[]) {
    this.reader = reader;
    this.writer = writer;
    this.#types = types;
  }

  typeOf(object: JsonObject): ResourceType {
    const { apiVersion, kind } = object as { apiVersion: string; kind: string };
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const type = this.#types.find((candidate) => candidate.kind === kind && candidate.group === group);
    if (type === undefined) throw new Error(`${kind} is not served`);
    return type;
  }

  /** What a commit of this state of the object would hold. */
  desired(object: JsonObject): DesiredObject {
    const type = this.typeOf(object);
    const file = canonicaliser.canonicalise(parseJson(JSON.stringify(object)) as JsonObject, type, NO_FACTS);
    if (file.kind !== 'file') throw new Error(`skipped by ${file.rule}`);
    return readDesired({ read: () => Buffer.from(file.text) }, file.path, '0'.repeat(40), type);
  }

  async live({ type, id }: Pick<DesiredObject, 'type' | 'id'>): Promise<JsonObject | null> {
    const bytes = await this.reader.get(type, id.namespace, id.name, this.signal);
    return bytes === null ? null : (parseJson(Buffer.from(bytes).toString('utf8')) as JsonObject);
  }

  /** Makes live what `object` says. */
  async write(object: JsonObject, given: Partial<WriteRequest['options']> & { readonly dryRun?: boolean } = {}, more: Partial<WriteDeps> = {}): Promise<WriteOutcome> {
    const desired = this.desired(object);
    const { dryRun = false, ...options } = given;
    const request: WriteRequest = {
      desired, live: await this.live(desired), dryRun, facts: scopeFacts(),
      options: { onExisting: 'update', onImmutable: 'keep', onlyMissing: false, strategy: 'exact', ...options },
    };
    return writeObject(request, {
      reader: this.reader, writer: this.writer, canonicaliser, ruleFacts: NO_FACTS, clock: systemClock, random: Math.random,
      onIntent: (intent) => { this.intents.push(intent); return Promise.resolve(); },
      ...more,
    }, this.signal);
  }
}
