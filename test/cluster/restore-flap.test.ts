// Acceptance test 24 of restore.md §8: an API server that flaps, and one that goes away in the middle of a restore.
import { expect } from 'chai';
import { openWritableCluster } from '../../src/cluster/reader.js';
import { EXIT } from '../../src/lib/exit-codes.js';
import type { RestoreEvent } from '../../src/model/restore-run.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../support/cluster-settings.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import type { FaultRule } from '../support/faults.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { fastClock } from '../support/mirror-run.js';
import { configMap, crd, namespace, secret } from '../support/objects.js';
import { withBed } from '../support/restore-bed.js';
import { RestoreBed, troubles } from '../support/restore.js';
import { propertySeed, random } from '../support/scale.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const NS = 'flapping';
const COUNT = 300;
const numbered = (count: number, make: (i: number) => Reference): Reference[] => Array.from({ length: count }, (_, i) => make(i));
const maps = numbered(COUNT / 2, (i) => configMap(NS, `map-${i}`, { i: String(i) }));
const secrets = numbered(COUNT / 3, (i) => secret(NS, `secret-${i}`));
const immutable = numbered(COUNT / 6, (i) => ({ ...configMap(NS, `immutable-${i}`, { i: String(i) }), immutable: true }));
const everything = [...maps, ...secrets, ...immutable];
const ALL = { namespaces: [NS], options: { onImmutable: 'recreate' } } as const;
const WRITES = { path: new RegExp(`/namespaces/${NS}/`), query: /^(?!.*dryRun=)/ };

describe('acceptance 24: an API server that flaps', function () {
  this.timeout(300_000);
  let plane: ControlPlane;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start();
    await plane.api.create(namespace(NS));
    await Promise.all(everything.map((each) => plane.api.create(each)));
  });
  after(async () => { await plane?.stop(); });

  /** Half of the maps say something else, the other half and the Secrets are gone, the immutable ones must be recreated. */
  async function damage(): Promise<void> {
    await Promise.all(everything.map(async (each) => { if ((await plane.api.find(each)) === null) await plane.api.create(each); }));
    await Promise.all([
      ...maps.map((each, i) => (i % 2 === 0 ? plane.api.patch(each, { data: { i: 'changed' } }, { contentType: MERGE_PATCH }) : plane.api.delete(each))),
      ...secrets.map((each) => plane.api.delete(each)),
      ...immutable.map(async (each) => {
        await plane.api.delete(each);
        await plane.api.create({ ...each, data: { i: 'another' } });
      }),
    ]);
  }

  async function expectAllRestored(): Promise<void> {
    const live = new Map((await Promise.all(['ConfigMap', 'Secret'].map((kind) => plane.api.list('v1', kind, NS)))).flat().map((each: AnyJson) => [`${each.kind}/${each.metadata.name}`, each.data]));
    live.delete('ConfigMap/kube-root-ca.crt');
    expect([...live.keys()].sort()).to.deep.equal(everything.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort());
    for (const each of everything) expect(live.get(`${each.kind}/${each.metadata.name}`), each.metadata.name).to.deep.equal(each['data']);
  }

  it('resets, 429, 503, answers that are cut after the deed, watches that are too old: everything is done, and once', () => withBed(plane, async (bed, folder) => {
    await bed.export();
    await damage();
    const record = await recordLives(plane);
    const proxy = await FaultyProxy.start(plane);
    const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: proxy.kubeconfig() }, {}, CLUSTER_OPTIONS);
    try {
      const draw = random(propertySeed());
      const share = (of: number): Pick<FaultRule, 'share'> => ({ share: { of, random: draw } });
      const busy = ['POST', 'PUT'].map((method) => proxy.inject({ ...WRITES, method, ...share(0.1), times: 15, fault: { kind: 'answer', status: 429, retryAfterSeconds: 1 } }));
      const away = ['POST', 'PUT', 'DELETE'].map((method) => proxy.inject({ ...WRITES, method, ...share(0.05), times: 8, fault: { kind: 'answer', status: 503 } }));
      const cut = ['POST', 'PUT', 'DELETE'].map((method) => proxy.inject({ ...WRITES, method, ...share(0.05), times: 5, fault: { kind: 'cut', afterBytes: 0 } }));
      proxy.inject({ watch: false, path: WRITES.path, ...share(0.05), times: 20, fault: { kind: 'cut', afterBytes: 10 } });
      proxy.inject({ watch: true, fault: { kind: 'errorEvent', code: 410 }, times: 20 });
      const { report, events } = await new RestoreBed(reader, writer, folder).restore(ALL);

      expect(troubles(report)).to.deep.equal([]);
      expect(report.interrupted).to.equal(false);
      for (const [name, handles] of Object.entries({ busy, away, cut })) expect(handles.reduce((sum, { injected }) => sum + injected, 0), name).to.be.greaterThan(5);
      expectHalved(events);
      await expectAllRestored();
      // What was there all the time has neither; what was recreated has both.
      const doubled = [...(await record.ended())].filter(([name, { created, deleted }]) => created > 1 || deleted !== (name.includes('immutable') ? created : 0));
      expect(doubled).to.deep.equal([]);
    } finally {
      record.stop();
      await reader.close();
      await proxy.stop();
    }
  }));

  it('a watch that is always too old keeps no wait from ending', () => withBed(plane, async (bed, folder) => {
    const definition = crd('Flap');
    await plane.api.create(definition);
    await bed.export();
    await plane.api.delete(definition);
    await eventually(async () => (await plane.api.find(definition)) === null, { describe: 'the definition is gone' });
    const proxy = await FaultyProxy.start(plane);
    const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: proxy.kubeconfig() }, {}, CLUSTER_OPTIONS);
    try {
      proxy.inject({ watch: true, fault: { kind: 'errorEvent', code: 410 } });
      const { report } = await new RestoreBed(reader, writer, folder).restore({ objects: ['crd/flaps.test.kubetape.io'] });
      expect(report.results.map(({ result, message }) => [result, message])).to.deep.equal([['done', null]]);
    } finally {
      await reader.close();
      await proxy.stop();
    }
  }));

  it('that is killed in the middle and comes back: the run waits for it and ends well', () => withBed(plane, async (bed) => {
    await bed.export();
    await damage();
    const comesBack: Promise<void>[] = [];
    const killAt = at(COUNT / 3, () => { comesBack.push(plane.killApiServer().then(() => plane.startApiServer())); });
    const { report } = await bed.restore(ALL, { concurrency: 8 }, { onEvent: killAt });
    expect(comesBack).to.have.length(1);
    await Promise.all(comesBack);
    expect(report.interrupted, JSON.stringify(report.counts)).to.equal(false);
    expect(troubles(report)).to.deep.equal([]);
    await expectAllRestored();
  }));

  it('that stays away: the run is interrupted, and goes on when it is told to', () => withBed(plane, async (bed) => {
    await bed.export();
    await damage();
    const killed: Promise<void>[] = [];
    const killAt = at(COUNT / 3, () => { killed.push(plane.killApiServer()); });
    // Waits for the server are the same, but nobody needs to sit them out.
    const first = await bed.restore(ALL, { run: 'away', concurrency: 8 }, { onEvent: killAt, clock: fastClock(50) });
    await Promise.all(killed);
    expect(first.report.interrupted).to.equal(true);
    expect(reportExitCode(first.report)).to.equal(EXIT.interrupted);
    expect(first.report.counts.interrupted).to.be.greaterThan(0);

    await plane.startApiServer();
    const { report } = await bed.restore(ALL, { run: 'away', resumed: true });
    expect(report.interrupted).to.equal(false);
    expect(troubles(report)).to.deep.equal([]);
    await expectAllRestored();
  }));
});

/** Calls back once, at the n-th result. */
function at(n: number, then: () => void): (event: RestoreEvent) => void {
  let seen = 0;
  return ({ kind }) => {
    if (kind === 'result' && ++seen === n) then();
  };
}

/** The first time half of what was asked for, then never more than one step down at once. */
function expectHalved(events: readonly RestoreEvent[]): void {
  const inFlight = events.flatMap((event) => (event.kind === 'throttled' ? [event.inFlight] : []));
  expect(inFlight[0]).to.equal(16);
  for (const [i, now] of inFlight.entries()) if (i > 0) expect(now).to.be.at.least(Math.floor((inFlight[i - 1] ?? 0) / 2));
}

interface Life {
  created: number;
  deleted: number;
}

interface LifeRecord {
  /** How often each object was created and deleted until now; ends the record. */
  ended(): Promise<ReadonlyMap<string, Life>>;
  stop(): void;
}

async function recordLives(plane: ControlPlane): Promise<LifeRecord> {
  const lives = new Map<string, Life>();
  const stop = new AbortController();
  const markers = [configMap(NS, 'the-last'), secret(NS, 'the-last')];
  const follow = async (path: string, from: string): Promise<void> => {
    for await (const { type, object } of plane.api.watch(`${path}?watch=1&resourceVersion=${from}`, { signal: stop.signal })) {
      const name = `${object.kind}/${object.metadata.name}`;
      const life = lives.get(name) ?? { created: 0, deleted: 0 };
      lives.set(name, life);
      if (type === 'ADDED') life.created++;
      if (type === 'DELETED') life.deleted++;
    }
  };
  const watches: Promise<void>[] = [];
  for (const marker of markers) {
    const path = await plane.api.pathOf(marker, false);
    const { json } = await plane.request('GET', `${path}?limit=1`);
    watches.push(follow(path, json.metadata.resourceVersion as string));
  }
  return {
    stop: () => { stop.abort(); },
    async ended() {
      for (const marker of markers) await plane.api.create(marker);
      await eventually(() => markers.every(({ kind, metadata }) => lives.get(`${kind}/${metadata.name}`)?.created === 1), { describe: 'every event was seen' });
      stop.abort();
      await Promise.all(watches);
      for (const marker of markers) {
        lives.delete(`${marker.kind}/${marker.metadata.name}`);
        await plane.api.delete(marker);
      }
      return lives;
    },
  };
}
