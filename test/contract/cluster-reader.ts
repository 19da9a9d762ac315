// One suite for whatever claims to be a ClusterReader: what the mirror relies on, asked of the outside only.
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../src/lib/json.js';
import { ClusterError, type ClusterErrorCode } from '../../src/model/cluster-error.js';
import type { ClusterReader, ListRequest, WatchRequest } from '../../src/model/cluster-reader.js';
import { typeName, type ResourceType } from '../../src/model/resource-type.js';
import { PATIENCE_MS, WatchLog, type ReadObject } from './watch-log.js';

/** A cluster under test: the reader, and somebody else who writes. */
export interface ContractCluster {
  readonly reader: ClusterReader;
  readonly mutate: {
    create(type: ResourceType, object: JsonObject): Promise<void>;
    /** Replaces the object that has this identity, whatever its resourceVersion is. */
    update(type: ResourceType, object: JsonObject): Promise<void>;
    remove(type: ResourceType, namespace: string, name: string): Promise<void>;
  };
  /** Makes a watch from an older resourceVersion than the present one answer 410. */
  readonly makeGone: () => Promise<void>;
  /** Makes open watches send a bookmark soon; absent: they come when they come. */
  readonly bookmark?: () => Promise<void>;
  close(): Promise<void>;
}

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false, watchable: true };
const ROLES: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'roles', kind: 'Role', namespaced: true, watchable: true };
const DEFINITIONS: ResourceType = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false, watchable: true };

/** What can be ordered of the cluster under test in this form of the run; a test that needs more is not there. */
export interface ContractScope {
  readonly bookmarks: boolean;
}

export function clusterReaderContract(name: string, factory: () => Promise<ContractCluster>, scope: ContractScope = { bookmarks: true }): void {
  describe(`cluster reader contract: ${name}`, () => {
    let cluster: ContractCluster;
    let reader: ClusterReader;
    let namespace: string;
    let cleanUp: (() => Promise<void>)[] = [];

    before(async () => {
      cluster = await factory();
      reader = cluster.reader;
    });
    after(async () => cluster.close());

    beforeEach(async () => {
      namespace = `contract-${randomBytes(4).toString('hex')}`;
      await cluster.mutate.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      cleanUp = [() => cluster.mutate.remove(NAMESPACES, '', namespace)];
    });
    afterEach(async () => {
      for (const step of cleanUp.reverse()) await step();
    });

    const create = (mapName: string, data: JsonObject = { key: 'value' }): Promise<void> => cluster.mutate.create(CONFIG_MAPS, configMap(namespace, mapName, data));
    const replace = (mapName: string, data: JsonObject): Promise<void> => cluster.mutate.update(CONFIG_MAPS, configMap(namespace, mapName, data));
    const remove = (mapName: string): Promise<void> => cluster.mutate.remove(CONFIG_MAPS, namespace, mapName);

    describe('identity and discovery', () => {
      it('calls itself something and says its version', async () => {
        expect(reader.name).to.not.equal('');
        expect(await reader.serverVersion(patience())).to.match(/^v1\.\d+/);
      });

      it('has the same identity each time, made from the UID of kube-system', async () => {
        const first = await reader.identity(patience());
        expect(first.text).to.match(/^kube-system [0-9a-f-]{36}$/);
        expect(await reader.identity(patience())).to.deep.equal(first);
      });

      it('discovers namespaced and cluster-scoped types, each once', async () => {
        const { types, failedGroups } = await reader.discover(new Map(), patience());
        const names = types.map((type) => typeName(type));
        expect(failedGroups).to.deep.equal([]);
        expect(new Set(names).size).to.equal(names.length);
        expect(named(types, 'deployments.apps')).to.include({ group: 'apps', version: 'v1', kind: 'Deployment', namespaced: true, watchable: true });
        expect(named(types, 'clusterroles.rbac.authorization.k8s.io')).to.include({ kind: 'ClusterRole', namespaced: false });
        expect(named(types, 'configmaps').shortNames).to.deep.equal(['cm']);
      });

      it('keeps to the pinned version while it is served, and to the preferred one otherwise', async () => {
        const plural = await serveWidgets([['v1', true], ['v1beta1', true]]);
        const pinned = await reader.discover(new Map([[plural, 'v1beta1']]), patience());
        const lost = await reader.discover(new Map([[plural, 'v1alpha1']]), patience());
        expect(named(pinned.types, plural).version).to.equal('v1beta1');
        expect(named(lost.types, plural).version).to.equal('v1');
      });

      it('shows a new CRD in discovery and lists, reads and watches its objects', async () => {
        const plural = await serveWidgets([['v1', true]]);
        const type = await discovered(plural);
        const group = type.group;
        await cluster.mutate.create(type, { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'first', namespace }, spec: { size: 3 } });
        const list = await listOf(type, {});
        expect(list.objects).to.have.length(1);
        expect(list.objects[0]?.spec).to.deep.equal({ size: 3 });
        expect(await getOne(type, 'first')).to.include({ kind: 'Widget', apiVersion: `${group}/v1` });
        const watch = openWatch(type, { from: list.resourceVersion });
        await cluster.mutate.remove(type, namespace, 'first');
        expect(await watch.next(1)).to.deep.equal(['DELETED first']);
        await watch.end();
      });
    });

    describe('list', () => {
      it('is complete and ends with a resourceVersion', async () => {
        for (const mapName of ['a', 'b', 'c']) await create(mapName, { letter: mapName });
        const list = await listOf(CONFIG_MAPS, { namespace });
        expect(namesOf(list.objects).filter((mapName) => mapName !== 'kube-root-ca.crt')).to.deep.equal(['a', 'b', 'c']);
        expect(list.resourceVersion).to.match(/^[1-9]\d*$/);
      });

      it('says of each chunk how many items it has, and each parses by itself', async () => {
        await create('brackets', { 'text.json': '[{"a": "}],{"}, \\" \u2028 end' });
        for await (const chunk of reader.list(CONFIG_MAPS, {}, patience())) {
          if (chunk.kind === 'items') expect(parseItems(chunk.items)).to.have.length(chunk.count);
        }
        expect((await getOne(CONFIG_MAPS, 'brackets')).data?.['text.json']).to.equal('[{"a": "}],{"}, \\" \u2028 end');
      });

      it('of nothing is empty and still ends with a resourceVersion', async () => {
        const list = await listOf(ROLES, { namespace });
        expect(list.objects).to.deep.equal([]);
        expect(list.resourceVersion).to.match(/^[1-9]\d*$/);
      });

      it('of one namespace has nothing of another', async () => {
        await create('mine');
        const inHere = await listOf(CONFIG_MAPS, { namespace });
        const everywhere = await listOf(CONFIG_MAPS, {});
        expect(inHere.objects.every((object) => object.metadata.namespace === namespace)).to.equal(true);
        expect(everywhere.objects.some((object) => object.metadata.namespace === namespace && object.metadata.name === 'mine')).to.equal(true);
        expect(everywhere.objects.length).to.be.greaterThan(inHere.objects.length);
      });

      it('sees what was written before it was asked for', async () => {
        for (const round of ['1', '2', '3']) {
          await create(`fresh-${round}`);
          expect(namesOf((await listOf(CONFIG_MAPS, { namespace })).objects)).to.include(`fresh-${round}`);
        }
      });

      it('is not older than the floor', async () => {
        await create('before');
        const held = await listOf(CONFIG_MAPS, { namespace });
        await create('after');
        const relisted = await listOf(CONFIG_MAPS, { namespace, floor: held.resourceVersion });
        expect(Number(relisted.resourceVersion)).to.be.at.least(Number(held.resourceVersion));
        expect(namesOf(relisted.objects)).to.include('before');
      });

      it('fails with TIMEOUT when the floor is above the store', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        const above = String(Number(resourceVersion) + 1_000_000);
        await expectError('TIMEOUT', () => listOf(CONFIG_MAPS, { namespace, floor: above }));
      });

      it('gives the same unpaged', async () => {
        for (const mapName of ['a', 'b', 'c']) await create(mapName);
        const list = await listOf(CONFIG_MAPS, { namespace, unpaged: true });
        expect(namesOf(list.objects)).to.include.members(['a', 'b', 'c']);
      });

      it('peeks at no more than the asked number of items, and at the store\'s resourceVersion', async () => {
        for (const mapName of ['a', 'b', 'c']) await create(mapName);
        const peeked = await listOf(CONFIG_MAPS, { namespace, peek: 1 });
        const full = await listOf(CONFIG_MAPS, { namespace });
        expect(peeked.objects).to.have.length(1);
        expect(Number(peeked.resourceVersion)).to.be.greaterThan(0).and.at.most(Number(full.resourceVersion));
      });

      it('of a type that is not served fails with NOT_FOUND', async () => {
        const unknown = { ...CONFIG_MAPS, group: 'nobody.example.com', resource: 'nothings', kind: 'Nothing' };
        await expectError('NOT_FOUND', () => listOf(unknown, {}));
      });

      it('ends with the signal\'s reason', async () => {
        await create('one');
        const reason = new Error('enough');
        const controller = new AbortController();
        const listed = reader.list(CONFIG_MAPS, {}, controller.signal)[Symbol.asyncIterator]();
        await listed.next();
        controller.abort(reason);
        const thrown = await rejection(async () => {
          for (;;) if ((await listed.next()).done === true) return;
        });
        expect(thrown).to.equal(reason);
      });

      it('does not begin when the signal was aborted before', async () => {
        const reason = new Error('too late');
        expect(await rejection(() => drain(reader.list(CONFIG_MAPS, {}, AbortSignal.abort(reason))))).to.equal(reason);
      });
    });

    describe('get', () => {
      it('gives the whole object with apiVersion and kind', async () => {
        await create('settings', { greeting: 'hello' });
        const object = await getOne(CONFIG_MAPS, 'settings');
        expect(object).to.include({ apiVersion: 'v1', kind: 'ConfigMap' });
        expect(object.data).to.deep.equal({ greeting: 'hello' });
        expect(object.metadata.managedFields).to.be.an('array').that.is.not.empty;
      });

      it('gives null for what is not there', async () => {
        expect(await reader.get(CONFIG_MAPS, namespace, 'absent', patience())).to.equal(null);
      });

      it('gives a cluster-scoped object', async () => {
        const bytes = await reader.get(NAMESPACES, '', namespace, patience());
        expect(JSON.parse(Buffer.from(bytes ?? []).toString()).metadata.name).to.equal(namespace);
      });
    });

    describe('watch', () => {
      it('from a list\'s resourceVersion tells create, update and delete, in order, each once', async () => {
        await create('old');
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        const watch = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        await create('web', { a: '1' });
        await replace('web', { a: '2' });
        await replace('old', { a: '3' });
        await remove('web');
        await create('last');
        expect(await watch.until('ADDED last')).to.deep.equal(['ADDED web', 'MODIFIED web', 'MODIFIED old', 'DELETED web', 'ADDED last']);
        await watch.end();
      });

      it('tells what happened between the list and the watch', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        await create('meanwhile');
        const watch = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        expect(await watch.next(1)).to.deep.equal(['ADDED meanwhile']);
        await watch.end();
      });

      it('gives whole objects whose resourceVersions grow', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        const watch = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        await create('web', { step: '1' });
        await replace('web', { step: '2' });
        await remove('web');
        await watch.next(3);
        const versions = watch.objects.map((object) => Number(object.metadata.resourceVersion));
        expect(versions).to.deep.equal([...new Set(versions)].sort((a, b) => a - b));
        expect(watch.objects.map((object) => object.data?.['step'])).to.deep.equal(['1', '2', '2']);
        expect(watch.objects[0]).to.include({ apiVersion: 'v1', kind: 'ConfigMap' });
        await watch.end();
      });

      it('misses nothing and repeats nothing when it resumes from an event\'s resourceVersion', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        const first = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        await create('one');
        await first.next(1);
        await first.end();
        await create('two');
        await remove('one');
        const second = openWatch(CONFIG_MAPS, { namespace, from: String(first.objects.at(-1)?.metadata.resourceVersion) });
        await create('three');
        expect(await second.until('ADDED three')).to.deep.equal(['ADDED two', 'DELETED one', 'ADDED three']);
        await second.end();
      });

      if (scope.bookmarks) it('misses nothing when it resumes from a bookmark', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        const first = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        await create('one');
        await first.next(1);
        await cluster.bookmark?.();
        const bookmark = await first.bookmark();
        await first.end();
        expect(Number(bookmark)).to.be.at.least(Number(first.objects[0]?.metadata.resourceVersion));
        await create('two');
        const second = openWatch(CONFIG_MAPS, { namespace, from: bookmark });
        expect(await second.next(1)).to.deep.equal(['ADDED two']);
        await second.end();
      });

      it('of one namespace tells nothing of another', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, {});
        const watch = openWatch(CONFIG_MAPS, { namespace, from: resourceVersion });
        await cluster.mutate.create(CONFIG_MAPS, configMap('default', `elsewhere-${namespace}`, {}));
        cleanUp.push(() => cluster.mutate.remove(CONFIG_MAPS, 'default', `elsewhere-${namespace}`));
        await create('here');
        expect((await watch.until('ADDED here')).filter((event) => event.includes('elsewhere'))).to.deep.equal([]);
        await watch.end();
      });

      it('throws GONE when it is to start from what the server has forgotten', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        await create('missed');
        await cluster.makeGone();
        await expectError('GONE', () => drain(reader.watch(CONFIG_MAPS, { namespace, from: resourceVersion }, patience())));
      });

      it('of a type that is not served fails with NOT_FOUND', async () => {
        const unknown = { ...CONFIG_MAPS, group: 'nobody.example.com', resource: 'nothings', kind: 'Nothing' };
        await expectError('NOT_FOUND', () => drain(reader.watch(unknown, { from: '1' }, patience())));
      });

      it('ends promptly with the signal\'s reason while nothing happens', async () => {
        const { resourceVersion } = await listOf(ROLES, { namespace });
        const controller = new AbortController();
        const reason = new Error('enough');
        const ended = rejection(() => drain(reader.watch(ROLES, { namespace, from: resourceVersion }, controller.signal)));
        setImmediate(() => controller.abort(reason));
        expect(await ended).to.equal(reason);
      });

      it('lets go when the consumer leaves early', async () => {
        const { resourceVersion } = await listOf(CONFIG_MAPS, { namespace });
        await create('first');
        for await (const events of reader.watch(CONFIG_MAPS, { namespace, from: resourceVersion }, patience())) {
          if (events.some((event) => event.kind === 'object')) break;
        }
        expect(namesOf((await listOf(CONFIG_MAPS, { namespace })).objects)).to.include('first');
      });
    });

    async function serveWidgets(versions: readonly (readonly [string, boolean])[]): Promise<string> {
      const group = `${namespace}.example.com`;
      await cluster.mutate.create(DEFINITIONS, widgetDefinition(group, versions));
      cleanUp.push(() => cluster.mutate.remove(DEFINITIONS, '', `widgets.${group}`));
      await discovered(`widgets.${group}`);
      return `widgets.${group}`;
    }

    /** Asks until the type is there and lists: a real server needs a moment for a new CRD. */
    async function discovered(plural: string): Promise<ResourceType> {
      const signal = patience();
      for (;;) {
        const { types } = await reader.discover(new Map(), signal);
        const type = types.find((entry) => typeName(entry) === plural);
        const listed = type === undefined ? undefined : await listOf(type, {}).catch((error: unknown) => error);
        if (type !== undefined && !(listed instanceof Error)) return type;
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    async function listOf(type: ResourceType, request: ListRequest): Promise<{ objects: ReadObject[]; resourceVersion: string }> {
      const objects: ReadObject[] = [];
      let resourceVersion: string | undefined;
      for await (const chunk of reader.list(type, request, patience())) {
        expect(resourceVersion, 'something came after the end').to.equal(undefined);
        if (chunk.kind === 'items') objects.push(...parseItems(chunk.items));
        else resourceVersion = chunk.resourceVersion;
      }
      if (resourceVersion === undefined) throw new Error('The list had no end');
      return { objects, resourceVersion };
    }

    async function getOne(type: ResourceType, objectName: string): Promise<ReadObject> {
      const bytes = await reader.get(type, namespace, objectName, patience());
      return JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
    }

    function openWatch(type: ResourceType, request: WatchRequest): WatchLog {
      return new WatchLog(reader, type, request);
    }
  });
}

function configMap(namespace: string, name: string, data: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function widgetDefinition(group: string, versions: readonly (readonly [string, boolean])[]): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: versions.map(([version, served], index) => ({
        name: version,
        served,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      })),
    },
  };
}

function named(types: readonly ResourceType[], name: string): ResourceType {
  const type = types.find((entry) => typeName(entry) === name);
  if (type === undefined) throw new Error(`${name} is not discovered`);
  return type;
}

function namesOf(objects: readonly ReadObject[]): string[] {
  return objects.map((object) => object.metadata.name);
}

function parseItems(items: Uint8Array): ReadObject[] {
  return JSON.parse(`[${Buffer.from(items).toString('utf8')}]`);
}

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}

async function drain(iterable: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of iterable);
}

async function rejection(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

async function expectError(code: ClusterErrorCode, act: () => Promise<unknown>): Promise<void> {
  const error = await rejection(act);
  expect(error).to.be.instanceOf(ClusterError);
  expect((error as ClusterError).code).to.equal(code);
}
