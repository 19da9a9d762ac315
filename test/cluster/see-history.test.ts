// What the reading commands say of random instants, against a record of what was done to a real control plane.
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { AnyJson } from '../support/api-client.js';
import { becomesFreshExport, following } from '../support/cluster-mirror.js';
import type { ControlPlane } from '../support/control-plane.js';
import { expectedBlame, leafChanges, recordedLeaves, reportedChanges, type LeafChanges, type Leaves } from '../support/expected-changes.js';
import { applyPatch } from '../support/json-patch.js';
import { Workshop } from '../support/kubetape.js';
import { testPolicy } from '../support/mirror-run.js';
import { differences } from '../support/mirrored-tree.js';
import { identityKey } from '../support/oracle.js';
import { fewAtATime, ReadCommands } from '../support/read-commands.js';
import { recordedHistory, recordPath, type ObjectState, type RecordedCommit } from '../support/recorded-history.js';
import { contents, fileAt, tree } from '../support/repo.js';
import { propertySeed, random, scaled } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { startWorkload, type WorkloadRecord } from '../support/workload.js';

const PREFIX = 'see-history';
const NAMESPACES = ['-n', `${PREFIX}-*`];
const OPERATIONS = scaled(400, 6000);
const SAMPLES = scaled(4, 100);

describe('the reading commands, against a record of a random workload', function () {
  this.timeout(scaled(180_000, 1_800_000));
  const workshop = new Workshop();
  const repo = workshop.repository();
  const draw = random(propertySeed());
  let plane: ControlPlane;
  let records: ReadonlyMap<string, WorkloadRecord>;
  let history: readonly RecordedCommit[];
  let kubetape: ReadCommands;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    const run = { policy: testPolicy({ secrets: 'plain' }) };
    await following(plane.kubeconfig(), repo, run, async () => {
      const workload = await startWorkload(plane.api, { seed: propertySeed(), operations: OPERATIONS, perSecond: 150, namespaces: 2, names: 3, prefix: PREFIX });
      records = await workload.done;
      await becomesFreshExport(plane.kubeconfig(), repo, workshop.folder, run);
    });
    history = await recordedHistory(repo, records);
    kubetape = new ReadCommands(repo, { cwd: workshop.path('home') });
    expect(history.filter(({ changed }) => changed.size > 0).length, 'commits with a write of the workload').to.be.greaterThan(OPERATIONS / 20);
  });

  after(() => workshop.remove());

  function pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(draw() * from.length)];
    if (found === undefined) throw new Error('Nothing to draw from');
    return found;
  }

  const instants = (): RecordedCommit[] => Array.from({ length: SAMPLES }, () => pick(history));
  const samples = <T>(of: () => T): T[] => Array.from({ length: SAMPLES }, of);
  const touched = (): WorkloadRecord => pick([...records.values()]);
  const wordsOf = ({ id }: WorkloadRecord): string[] => [`${id.resource}${id.group === '' ? '' : `.${id.group}`}/${id.name}`, '-n', id.namespace];
  /** A record with a commit in which the object was there. */
  const livingMoment = (): { record: WorkloadRecord; commit: RecordedCommit; there: ObjectState } => {
    for (;;) {
      const commit = pick(history);
      const there = commit.objects.size === 0 ? undefined : pick([...commit.objects.values()]);
      if (there !== undefined) return { record: there.record, commit, there };
    }
  };

  /** Objects of an answer by identity; what the control plane makes in every namespace is left out. */
  function byIdentity(objects: readonly AnyJson[]): Map<string, AnyJson> {
    const found = new Map<string, AnyJson>();
    for (const each of objects) {
      const dot = each.type.indexOf('.');
      const [resource, group] = dot < 0 ? [each.type, ''] : [each.type.slice(0, dot), each.type.slice(dot + 1)];
      if (resource === 'serviceaccounts' && each.name === 'default') continue;
      const key = identityKey({ group, resource, namespace: each.namespace ?? '', name: each.name });
      expect(found.has(key), `${key} comes twice`).to.equal(false);
      found.set(key, each);
    }
    return found;
  }

  const sorted = (keys: Iterable<string>): string[] => [...keys].sort();

  it('ls lists what was there, by commit, time and resourceVersion', async () => {
    const listed = async (revision: string, commit: RecordedCommit): Promise<void> => {
      const answer = await kubetape.json('ls', ...NAMESPACES, '--at', revision);
      expect(answer.commit, `what ${revision} is`).to.equal(commit.oid);
      expect(sorted(byIdentity(answer.objects).keys()), `at ${revision}`).to.deep.equal(sorted(commit.objects.keys()));
    };
    await fewAtATime(instants().flatMap((commit) => {
      // The newest commit that is not later; dates of commits are whole seconds.
      const atTime = history.findLast(({ committedAt }) => committedAt <= commit.committedAt) ?? commit;
      const complete = history.find(({ completeTo }) => completeTo !== null && commit.completeTo !== null && completeTo >= commit.completeTo) ?? commit;
      return [
        () => listed(commit.oid, commit),
        () => listed(new Date(commit.committedAt * 1000).toISOString(), atTime),
        ...(commit.completeTo === null ? [] : [() => listed(`rv:${commit.completeTo}`, complete)]),
      ];
    }));
  });

  it('ls of a type and a namespace, and -o name, list these alone', async () => {
    await fewAtATime(instants().map((commit) => async () => {
      const { id } = touched();
      const expected = sorted([...commit.objects.values()].filter(({ record }) => record.id.resource === id.resource && record.id.namespace === id.namespace).map(({ record }) => wordsOf(record)[0] ?? ''));
      const text = await kubetape.text('ls', id.group === '' ? id.resource : `${id.resource}.${id.group}`, '-n', id.namespace, '--at', commit.oid, '-o', 'name');
      expect(sorted(text.split('\n').filter((line) => line !== '' && line !== 'serviceaccounts/default'))).to.deep.equal(expected);
    }));
  });

  it('show prints what the server answered, and the bytes of the file', async () => {
    await fewAtATime(samples(livingMoment).map(({ record, commit, there }) => async () => {
      const body = await kubetape.json('show', ...wordsOf(record), '--at', commit.oid, '--reveal');
      expect(differences({ id: record.id, object: there.state.object }, body, { secrets: 'plain' }), `${recordPath(record)} at ${commit.oid}`).to.deep.equal([]);
      expect(await kubetape.text('show', ...wordsOf(record), '--at', commit.oid, '--reveal')).to.equal(await fileAt(repo, commit.oid, recordPath(record)));
    }));
  });

  it('show says with 2 that an object was not there', async () => {
    const absent = samples(touched).flatMap((record) => history.filter(({ objects }) => !objects.has(identityKey(record.id))).slice(-1).map((commit) => ({ record, commit })));
    expect(absent.length).to.be.greaterThan(0);
    await fewAtATime(absent.map(({ record, commit }) => async () => {
      const { code, stdout, stderr } = await kubetape.run('show', ...wordsOf(record), '--at', commit.oid);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(/^error: .+\nhint: /m);
    }));
  });

  const leavesAt = (commit: RecordedCommit, key: string): Leaves | null => {
    const there = commit.objects.get(key);
    return there === undefined ? null : recordedLeaves(there);
  };
  const asObject = (changes: LeafChanges): object => Object.fromEntries(changes);
  const intended = (fields: readonly AnyJson[]): LeafChanges => reportedChanges(fields.filter((field) => field.keys.length > 0));

  it('diff tells two commits apart, object by object and field by field, in both directions', async () => {
    await fewAtATime(instants().map((before) => async () => {
      const after = pick(history);
      const answer = await kubetape.json('diff', before.oid, after.oid, ...NAMESPACES, '--reveal');
      const found = byIdentity(answer.objects);
      const changed = [...records.keys()].filter((key) => JSON.stringify([...(leavesAt(before, key) ?? [])]) !== JSON.stringify([...(leavesAt(after, key) ?? [])]));
      expect(sorted(found.keys()), `${before.oid}..${after.oid}`).to.deep.equal(sorted(changed));
      for (const [key, object] of found) {
        const [old, now] = [leavesAt(before, key), leavesAt(after, key)];
        expect(object.change, key).to.equal(old === null ? 'added' : now === null ? 'removed' : 'changed');
        if (old !== null && now !== null) expect(asObject(intended(object.fields)), `${key} in ${before.oid}..${after.oid}`).to.deep.equal(asObject(leafChanges(old, now)));
      }
    }));
  });

  /** The documents of the workload's namespaces by path. */
  async function bodiesAt({ oid }: RecordedCommit): Promise<Map<string, AnyJson>> {
    const files = (await tree(repo, oid)).filter(({ path }) => path.startsWith(`namespaces/${PREFIX}-`));
    const texts = await contents(repo, files.map((file) => file.oid));
    return new Map(files.map((file) => [file.path, load(texts.get(file.oid)?.toString('utf8') ?? '')]));
  }

  it('diff -o json-patch turns one body into the other', async () => {
    await fewAtATime(instants().map((before) => async () => {
      const after = pick(history);
      const answer: AnyJson[] = JSON.parse(await kubetape.text('diff', before.oid, after.oid, ...NAMESPACES, '--reveal', '-o', 'json-patch'));
      const [old, now] = [await bodiesAt(before), await bodiesAt(after)];
      for (const { object, patch } of answer) {
        expect(applyPatch(old.get(object.path) ?? null, patch), `${object.path} in ${before.oid}..${after.oid}`).to.deep.equal(now.get(object.path) ?? null);
        old.delete(object.path);
        now.delete(object.path);
      }
      expect(Object.fromEntries(old), 'what no patch names').to.deep.equal(Object.fromEntries(now));
    }));
  });

  it('log of an object has every commit that changed it, through deletion and re-creation', async () => {
    await fewAtATime(samples(touched).map((record) => async () => {
      const key = identityKey(record.id);
      const until = pick(history);
      const expected = history.slice(0, history.indexOf(until) + 1).filter(({ changed }) => changed.has(key));
      const { code, stdout } = await kubetape.run('log', ...wordsOf(record), '--at', until.oid, '--reveal', '-o', 'json');
      expect(code, key).to.equal(expected.length === 0 ? 2 : 0);
      const { entries } = expected.length === 0 ? { entries: [] } : JSON.parse(stdout);
      expect(entries.map((entry: AnyJson) => entry.commit), key).to.deep.equal(expected.map(({ oid }) => oid).reverse());
      for (const entry of entries) {
        const at = history.findIndex(({ oid }) => oid === entry.commit);
        const [old, now] = [at === 0 ? null : leavesAt(history[at - 1] as RecordedCommit, key), leavesAt(history[at] as RecordedCommit, key)];
        const [object, ...more] = entry.objects;
        expect([object.verb, more]).to.deep.equal([old === null ? 'create' : now === null ? 'delete' : 'update', []]);
        expect(entry.committedAt).to.equal(new Date((history[at]?.committedAt ?? 0) * 1000).toISOString());
        if (old !== null && now !== null) expect(asObject(intended(object.fields)), `${key} in ${entry.commit}`).to.deep.equal(asObject(leafChanges(old, now)));
      }
    }));
  });

  it('log of a namespace between two times has these commits, and in each the objects that changed', async () => {
    await fewAtATime(instants().map((one) => async () => {
      const { namespace } = touched().id;
      const [since, until] = [one.committedAt, pick(history).committedAt].sort((a, b) => a - b) as [number, number];
      const changedIn = ({ changed }: RecordedCommit): string[] => sorted([...changed].filter((key) => records.get(key)?.id.namespace === namespace));
      const expected = history.filter((commit) => commit.committedAt >= since && commit.committedAt <= until && changedIn(commit).length > 0);
      const { entries } = await kubetape.json('log', '-n', namespace, '--since', new Date(since * 1000).toISOString(), '--until', new Date(until * 1000).toISOString());
      const found = entries.map((entry: AnyJson) => [entry.commit, sorted(byIdentity(entry.objects).keys())]).filter(([, keys]: [string, string[]]) => keys.length > 0);
      expect(found, `${since} to ${until}`).to.deep.equal(expected.map((commit) => [commit.oid, changedIn(commit)]).reverse());
    }));
  });

  it('blame names for every field the commit that last set it', async () => {
    await fewAtATime(samples(livingMoment).map(({ record, commit, there }) => async () => {
      const expected = expectedBlame(history, commit, identityKey(record.id));
      const { fields } = await kubetape.json('blame', ...wordsOf(record), '--at', commit.oid);
      const found = new Map<string, string>();
      for (const field of fields) {
        // A map or list that is empty is a leaf; of what has fields of its own the fields count.
        for (const path of reportedChanges([{ keys: field.keys, after: field.value }]).keys()) found.set(path, field.commit);
      }
      const wanted = [...recordedLeaves(there).keys()].filter((path) => !path.startsWith('/metadata/n') && !['/apiVersion', '/kind'].includes(path));
      for (const path of wanted) expect(found.get(path), `${path} of ${recordPath(record)} at ${commit.oid}`).to.equal(expected.get(path));
    }));
  });
});
