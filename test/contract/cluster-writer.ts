// What every ClusterWriter must do; a suite for each implementation calls it.
import { expect } from 'chai';
import type { JsonObject } from '../../src/lib/json.js';
import { isObject, NumberToken, own } from '../../src/lib/json.js';
import { parseJson } from '../../src/lib/parse-json.js';
import { metadataOf } from '../../src/model/canonical.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { ClusterWriter, WriteAnswer } from '../../src/model/cluster-writer.js';
import type { ResourceType } from '../../src/model/resource-type.js';

export interface WritableCluster {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  /** A namespace that is there and is the suite's own. */
  readonly namespace: string;
  close(): Promise<void>;
}

const CONFIGMAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
const REAL = { dryRun: false, fieldManager: 'writer-contract' };
const DRY = { ...REAL, dryRun: true };

export function clusterWriterContract(name: string, open: () => Promise<WritableCluster>): void {
  describe(`cluster writer: ${name}`, () => {
    let cluster: WritableCluster;
    const { signal } = new AbortController();
    before(async () => { cluster = await open(); });
    after(async () => { await cluster.close(); });

    const live = async (object: string): Promise<JsonObject | null> => {
      const bytes = await cluster.reader.get(CONFIGMAPS, cluster.namespace, object, signal);
      return bytes === null ? null : (parseJson(Buffer.from(bytes).toString('utf8')) as JsonObject);
    };
    const create = (object: string, data: JsonObject, options = REAL): Promise<WriteAnswer> =>
      cluster.writer.create(CONFIGMAPS, cluster.namespace, configMap(object, data), options, signal);

    it('creates an object as its body says, and says what the server made of it', async () => {
      const answer = await create('made', { a: '1' });

      expect(answer.kind).to.equal('done');
      const object = answer.kind === 'done' ? answer.object : null;
      expect(own(object ?? {}, 'data')).to.deep.equal({ a: '1' });
      expect(metadataOf(object ?? {})['uid']).to.be.a('string');
      expect(own((await live('made')) ?? {}, 'data')).to.deep.equal({ a: '1' });
    });

    it('stores nothing in a dry run, whatever the verb', async () => {
      await create('kept', { a: '1' });
      const before = await live('kept');
      const { uid, resourceVersion } = ids(before);

      expect((await create('dry', { a: '1' }, DRY)).kind).to.equal('done');
      expect((await cluster.writer.replace(CONFIGMAPS, cluster.namespace, 'kept', { ...(before as JsonObject), data: { a: '2' } }, DRY, signal)).kind).to.equal('done');
      expect((await cluster.writer.remove(CONFIGMAPS, cluster.namespace, 'kept', { uid, resourceVersion }, { dryRun: true, propagation: 'Background' }, signal)).kind).to.equal('done');

      expect(await live('dry')).to.equal(null);
      expect(await live('kept')).to.deep.equal(before);
    });

    it('answers a verdict without an object where no more is wanted, and a refusal in full', async () => {
      const options = { ...DRY, verdictOnly: true };
      await create('judged', { a: '1' });
      const before = (await live('judged')) as JsonObject;

      expect(await create('judged-new', { a: '1' }, options)).to.deep.equal({ kind: 'done', object: null, warnings: [] });
      expect(await cluster.writer.replace(CONFIGMAPS, cluster.namespace, 'judged', { ...before, data: { a: '2' } }, options, signal)).to.deep.include({ kind: 'done', object: null });
      const refused = await create('judged', { a: '1' }, options);
      expect(refused).to.deep.include({ kind: 'refused', status: 409, reason: 'AlreadyExists' });
      expect(await live('judged')).to.deep.equal(before);
    });

    it('answers a refusal with the reason of the server, and throws nothing', async () => {
      await create('twice', {});
      const answer = await create('twice', {});

      expect(answer).to.include({ kind: 'refused', status: 409, reason: 'AlreadyExists' });
    });

    it('replaces only the state that the body names', async () => {
      await create('raced', { a: '1' });
      const seen = (await live('raced')) as JsonObject;
      await cluster.writer.replace(CONFIGMAPS, cluster.namespace, 'raced', { ...seen, data: { a: '2' } }, REAL, signal);
      const stale = await cluster.writer.replace(CONFIGMAPS, cluster.namespace, 'raced', { ...seen, data: { a: '3' } }, REAL, signal);

      expect(stale).to.include({ kind: 'refused', status: 409, reason: 'Conflict' });
      expect(own((await live('raced')) ?? {}, 'data')).to.deep.equal({ a: '2' });
    });

    it('deletes exactly the object that it was shown: another uid or a newer state is refused', async () => {
      await create('guarded', { a: '1' });
      const { uid, resourceVersion } = ids(await live('guarded'));
      const remove = (preconditions: { uid: string; resourceVersion: string }): Promise<WriteAnswer> =>
        cluster.writer.remove(CONFIGMAPS, cluster.namespace, 'guarded', preconditions, { dryRun: false, propagation: 'Background' }, signal);

      expect(await remove({ uid: '00000000-0000-0000-0000-000000000000', resourceVersion })).to.include({ kind: 'refused', status: 409 });
      expect(await remove({ uid, resourceVersion: '1' })).to.include({ kind: 'refused', status: 409 });
      expect(await live('guarded')).not.to.equal(null);

      expect((await remove({ uid, resourceVersion })).kind).to.equal('done');
      expect(await live('guarded')).to.equal(null);
    });

    it('hands managedFields over by a merge patch, as they are given', async () => {
      await create('handed', { a: '1' });
      const entry = { manager: 'helm', operation: 'Apply', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } };
      const { resourceVersion } = ids(await live('handed'));
      const answer = await cluster.writer.merge(CONFIGMAPS, cluster.namespace, 'handed', { metadata: { resourceVersion, managedFields: [entry] } }, REAL, signal);

      expect(answer.kind).to.equal('done');
      const fields = metadataOf((await live('handed')) as JsonObject)['managedFields'];
      expect(Array.isArray(fields) && fields.length).to.equal(1);
      const [stored] = fields as JsonObject[];
      expect(stored).to.include({ manager: 'helm', operation: 'Apply' });
      expect(isObject(stored) && stored['fieldsV1']).to.deep.equal(entry.fieldsV1);
    });

    it('sends numbers as they are written', async () => {
      const answer = await cluster.writer.create(CONFIGMAPS, cluster.namespace, { ...configMap('tokens', {}), metadata: { name: 'tokens', generation: new NumberToken('9007199254740993') } }, DRY, signal);

      expect(answer.kind).to.equal('done');
      const generation = answer.kind === 'done' ? metadataOf(answer.object ?? {})['generation'] : null;
      // A server may reset the field; what it may not have got is another number.
      expect([undefined, 1, '9007199254740993']).to.include(generation instanceof NumberToken ? generation.text : (generation as never));
    });

    it('ends with the reason of its signal', async () => {
      const controller = new AbortController();
      const reason = new Error('enough');
      controller.abort(reason);
      const refused = await cluster.writer.create(CONFIGMAPS, cluster.namespace, configMap('never', {}), REAL, controller.signal).catch((error: unknown) => error);

      expect(refused).to.equal(reason);
      expect(await live('never')).to.equal(null);
    });
  });
}

function configMap(name: string, data: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function ids(object: JsonObject | null): { uid: string; resourceVersion: string } {
  const { uid, resourceVersion } = metadataOf(object ?? {});
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') throw new Error('the object is not there');
  return { uid, resourceVersion };
}
