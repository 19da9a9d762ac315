// Random histories of a few objects: log, blame and comparison against a record of what was done, by a naive replay.
import { expect } from 'chai';
import fc from 'fast-check';
import { readYaml, splitComments } from '../../src/canon/reader.js';
import { blame } from '../../src/inspect/blame.js';
import { compareCommits } from '../../src/inspect/compare-commits.js';
import { objectLog } from '../../src/inspect/object-log.js';
import { isObject, type Json, type JsonObject } from '../../src/lib/json.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { TEST_TYPES, TestHistory, TestRepository } from '../support/history.js';
import { testPolicy, withFolder } from '../support/mirror-run.js';
import { propertyRuns } from '../support/scale.js';
import { all, select, SIGNAL } from '../unit/inspect/support.js';

const STDIN_RULE = 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n- id: ours/stdin\n  class: controller\n  match: {}\n  drop: ["spec.template.spec.containers[*].stdin"]\n';
const NAMES = ['a', 'b'];

const word = fc.constantFrom('x', 'y', '', 'two\nlines\n', '1', 'true', ' lead', 'ünïcode');
const annotations = fc.dictionary(fc.constantFrom('k', 'a.b/c', '__proto__', 'ü', 'long'.repeat(80)), word, { maxKeys: 3 });
const container = fc.record({
  name: fc.constantFrom('web', 'sidecar', 'init'), image: fc.constantFrom('nginx:1', 'nginx:2', 'redis'), stdin: fc.boolean(),
  args: fc.array(word, { maxLength: 3 }), env: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C'), value: word }), { selector: ({ name }) => name, maxLength: 3 }),
});
const body = fc.record({
  metadata: fc.record({ annotations }),
  spec: fc.record({
    replicas: fc.integer({ min: 0, max: 2 }), paused: fc.boolean(),
    template: fc.record({ spec: fc.record({ containers: fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 }), nodeSelector: annotations }) }),
  }, { requiredKeys: ['replicas', 'template'] }),
});
type Body = typeof body extends fc.Arbitrary<infer T> ? T : never;

type Step = { readonly kind: 'commit'; readonly changes: readonly { readonly name: string; readonly to: Body | null }[] } | { readonly kind: 'rewrite'; readonly on: boolean };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('commit' as const), changes: fc.uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), to: fc.option(body, { freq: 6 }) }), { selector: ({ name }) => name, minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rewrite' as const), on: fc.boolean() }) },
);

interface Recorded {
  readonly commit: CommitInfo;
  readonly isRewrite: boolean;
  /** Text by name, after the commit. */
  readonly files: ReadonlyMap<string, string>;
}

/** Does the steps, and writes down what each commit left. */
async function play(repository: TestRepository, steps: readonly Step[]): Promise<Recorded[]> {
  const record: Recorded[] = [{ commit: repository.commit({}), isRewrite: false, files: new Map() }];
  let rule = false;
  for (const each of steps) {
    const before = record.at(-1) as Recorded;
    const files = new Map(before.files);
    if (each.kind === 'rewrite') {
      if (each.on === rule) continue;
      rule = each.on;
      const { packs } = testPolicy();
      const commit = repository.recanonicalise(testPolicy({ packs: rule ? [...packs, { name: 'ours.yaml', text: STDIN_RULE }] : packs }));
      const history = repository.history();
      for (const name of files.keys()) files.set(name, history.snapshot(commit).read(history.snapshot(commit).oidAt(pathOf(name)) ?? '').toString());
      history.close();
      record.push({ commit, isRewrite: true, files });
      continue;
    }
    const changed: Record<string, string | null> = {};
    for (const { name, to } of each.changes) {
      const text = to === null ? null : repository.file('deployments.apps', withName(to, name))[1];
      if ((files.get(name) ?? null) === text) continue;
      changed[pathOf(name)] = text;
      if (text === null) files.delete(name);
      else files.set(name, text);
    }
    if (Object.keys(changed).length > 0) record.push({ commit: repository.commit(changed), isRewrite: false, files });
  }
  return record;
}

const withName = (to: Body, name: string): object => ({ ...to, metadata: { ...to.metadata, name, namespace: 'shop' } });
const pathOf = (name: string): string => `namespaces/shop/deployments.apps/${name}.yaml`;
const parsed = (text: string): JsonObject => readYaml(splitComments(text).body);

/** Leaves by path as a reader would write it, with JSON of the value. */
function leaves(value: Json, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  const below = Array.isArray(value)
    ? value.map((item, i) => [`${path}[${isObject(item) ? JSON.stringify(item['name']).slice(1, -1) : i}]`, item] as const)
    : isObject(value) ? Object.keys(value).map((key) => [/^[\w-]+$/.test(key) ? (path === '' ? key : `${path}.${key}`) : `${path}["${key}"]`, value[key] as Json] as const) : [];
  if (below.length === 0) return new Map([[path, JSON.stringify(value)]]);
  for (const [place, child] of below) for (const [leaf, text] of leaves(child, place)) found.set(leaf, text);
  return found;
}

async function onHistory(steps: readonly Step[], check: (record: Recorded[], history: TestHistory) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const repository = await TestRepository.create(folder);
    const record = await play(repository, steps);
    const history = repository.history();
    try {
      await check(record, history);
    } finally {
      history.close();
      repository.close();
    }
  });
}

describe('reading a repository, for any history', () => {
  const histories = fc.array(step, { minLength: 1, maxLength: 12 });

  it('log tells every change that was made, and nothing else', async function () {
    this.timeout(600_000);
    await fc.assert(fc.asyncProperty(histories, (steps) => onHistory(steps, async (record, history) => {
      const expected = record.flatMap(({ commit, isRewrite, files }, i) => {
        const before = record[i - 1]?.files ?? new Map<string, string>();
        const changed = NAMES.filter((name) => before.get(name) !== files.get(name));
        return isRewrite ? [] : changed.map((name) => `${commit.oid} ${before.has(name) ? (files.has(name) ? 'update' : 'delete') : 'create'} ${name}`);
      });
      for (const name of [...NAMES, undefined]) {
        const selection = select({ objects: [name === undefined ? 'deploy' : `deploy/${name}`], namespaces: ['shop'] });
        const entries = await all(objectLog(history, { from: history.head(), selection }, SIGNAL));
        const told = entries.flatMap(({ commit, objects }) => objects.map(({ verb, id }) => `${commit.oid} ${verb} ${id.name}`));
        const wanted = expected.filter((line) => name === undefined || line.endsWith(` ${name}`));
        expect(told.sort()).to.deep.equal(wanted.sort());
        expect(entries.map(({ commit }) => commit.oid)).to.deep.equal(record.map(({ commit }) => commit.oid).reverse().filter((oid) => wanted.some((line) => line.startsWith(oid))));
      }
    })), propertyRuns(12, 1_000));
  });

  it('blame names for each field the commit since which it is as it is', async function () {
    this.timeout(600_000);
    let fields = 0;
    await fc.assert(fc.asyncProperty(histories, (steps) => onHistory(steps, async (record, history) => {
      for (const [name, text] of record.at(-1)?.files ?? []) {
        const told = await blame(history, history.snapshot(history.head()), select(`deploy/${name}`), { reveal: false }, SIGNAL);
        const expected = Object.fromEntries([...leaves(parsed(text))].map(([path, value]) => [plain(path), originOf(record, name, path, value)]));
        expect(Object.fromEntries(told.fields.map(({ path, commit }) => [plain(path), commit.oid]))).to.deep.equal(expected);
        expect(told.lines.map((line) => line.text).join('\n') + '\n').to.equal(text);
        const spec = told.fields.find(({ path }) => path === 'spec.replicas');
        expect(told.lines.find((line) => line.text.startsWith('  replicas:'))?.commit.oid).to.equal(spec?.commit.oid);
        fields += told.fields.length;
      }
    })), propertyRuns(12, 1_000));
    expect(fields).to.be.greaterThan(100);
  });

  it('what compareCommits tells turns one commit into the other', async function () {
    this.timeout(600_000);
    await fc.assert(fc.asyncProperty(histories, fc.nat(), fc.nat(), (steps, i, j) => onHistory(steps, async (record, history) => {
      const [from, to] = [record[i % record.length], record[j % record.length]] as [Recorded, Recorded];
      const comparison = compareCommits(history, history.snapshot(from.commit), history.snapshot(to.commit), select({}, TEST_TYPES), { reveal: false }, SIGNAL);
      const files = new Map(from.files);
      for await (const { id, change, before, after, fields, path } of comparison) {
        expect(path).to.equal(pathOf(id.name));
        expect(change).to.equal(before === null ? 'added' : after === null ? 'removed' : 'changed');
        if (after === null) files.delete(id.name);
        else files.set(id.name, after.text);
        if (before !== null && after !== null) expectFields(before.body, after.body, fields.map((field) => field.path));
      }
      const rewritten = (text: string | undefined): unknown => (text === undefined ? undefined : comparison.notes.rulesDiffer ? withoutStdin(parsed(text)) : text);
      for (const name of NAMES) expect(rewritten(files.get(name)), name).to.deep.equal(rewritten(to.files.get(name)));
    })), propertyRuns(20, 1_500));
  });
});

/** Cut and escaped keys are C's business: what is compared here is the place. */
function plain(path: string): string {
  return path.replace(/\["((?:[^"\\]|\\.)*)"\]/g, (_, key: string) => `["${key.slice(0, 20)}"]`);
}

/** The first of the versions that end the history in which the leaf is as it is now; rewrites are no origin. */
function originOf(record: readonly Recorded[], name: string, path: string, value: string): string {
  let origin = '';
  for (let i = record.length - 1; i >= 0; i--) {
    const { commit, isRewrite, files } = record[i] as Recorded;
    const text = files.get(name);
    if (text === undefined || leaves(parsed(text)).get(path) !== value) break;
    const before = record[i - 1]?.files.get(name);
    if (before !== text && !isRewrite) origin = commit.oid;
    if (before === undefined || leaves(parsed(before)).get(path) !== value) break;
  }
  return origin;
}

/** Each differing leaf is told by a field at its place, and each told field has one. */
function expectFields(before: JsonObject, after: JsonObject, told: readonly string[]): void {
  const [old, now] = [leaves(before), leaves(after)];
  const differing = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).map(plain);
  const fields = told.filter((path) => !path.endsWith(' (order)')).map(plain);
  expect(differing.filter((path) => !fields.some((field) => isNear(path, field)))).to.deep.equal([]);
  expect(fields.filter((field) => !differing.some((path) => isNear(path, field)))).to.deep.equal([]);
  if (told.length === 0) throw new Error('a change without a field');
}

/** A leaf that became a map with members, or the other way round, is told by its members or as a whole. */
function isNear(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function withoutStdin(object: JsonObject): unknown {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => (key === 'stdin' ? undefined : value)));
}
