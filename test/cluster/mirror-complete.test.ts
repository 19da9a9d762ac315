// Every object that the API lists and no rule skips is in the tree, and no other.
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { AnyJson } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { createEveryKind, MADE_BY_THE_SERVER } from '../support/every-kind.js';
import { mirrorAndCompare, Workshop, type Mirrored } from '../support/kubetape.js';
import { servedTypes, skipReason, type OracleType } from '../support/oracle.js';
import { fileAt, fsck, log } from '../support/repo.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'complete';

describe('a complete mirror', function () {
  const workshop = new Workshop();
  const repository = workshop.repository();
  let plane: ControlPlane;
  let mirrored: Mirrored;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await createEveryKind(plane.api, NS);
    mirrored = await mirrorAndCompare(plane, repository, () => exportDone());
  });

  after(() => workshop.remove());

  async function exportDone(): Promise<string> {
    const { code, stdout, stderr } = await workshop.run(plane, ['export', '--repo', repository]);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  async function coverage(): Promise<Record<string, AnyJson>> {
    return (load((await fileAt(repository, 'main', '.kubetape/coverage')) ?? '') as AnyJson).types;
  }

  const nameOf = ({ group, resource }: Pick<OracleType, 'group' | 'resource'>): string => (group === '' ? resource : `${resource}.${group}`);

  it('is proven with at least one object of every served type', async () => {
    const listed = new Set([...mirrored.all.values()].map(({ type }) => type.kind));
    const without = (await servedTypes(plane.api)).map(({ kind }) => kind).filter((kind) => !listed.has(kind) && !MADE_BY_THE_SERVER.includes(kind));
    expect(without).to.deep.equal([]);
  });

  it('holds every object that the API lists and no rule skips', () => {
    expect(mirrored.comparison.missing).to.deep.equal([]);
    expect(mirrored.expected.size).to.be.greaterThan(150);
  });

  it('holds nothing else', () => {
    expect(mirrored.comparison.surplus).to.deep.equal([]);
  });

  it('holds every leaf of them, and none that the API does not show', () => {
    expect(mirrored.comparison.different).to.deep.equal([]);
  });

  it('names every served type in its coverage', async () => {
    expect(Object.keys(await coverage()).sort()).to.deep.equal((await servedTypes(plane.api)).map(nameOf).sort());
  });

  it('names a rule for the type of every object that it skips', async () => {
    const types = await coverage();
    const skipped = [...mirrored.all.values()].filter((listed) => skipReason(listed) !== null);
    const unexplained = skipped.filter(({ type }) => {
      const { state, rules, skips } = types[nameOf(type)];
      const named: unknown[] = state === 'skipped' ? rules : skips ?? [];
      return named.length === 0 || !named.every((rule) => /^core\/skip-/.test(String(rule)));
    });
    expect(unexplained.map(({ type }) => nameOf(type))).to.deep.equal([]);
    expect(new Set(skipped.map((listed) => skipReason(listed))).size).to.be.greaterThan(8);
  });

  it('says that everything is complete up to a resourceVersion', async () => {
    const [head] = await log(repository, 'main');
    expect(head?.trailers.get('Kubetape-Coverage')).to.deep.equal(['complete']);
    expect(Number(head?.trailers.get('Kubetape-Complete-To')?.[0])).to.be.greaterThan(0);
  });

  it('begins with one baseline commit', async () => {
    const first = (await log(repository, 'main')).at(-1);
    expect(first?.trailers.get('Kubetape-Event')).to.deep.equal(['baseline']);
    expect(first?.subject).to.match(/^Baseline of v1\.\d+\.\d+ with \d+ objects$/);
    expect(first?.parents).to.deep.equal([]);
  });

  it('makes no commit when nothing changed', async () => {
    const count = async (): Promise<number> => (await log(repository, 'main')).length;
    await mirrorAndCompare(plane, repository, exportDone);
    const before = await count();
    expect(await exportDone()).to.match(/^Nothing changed\n\d+ objects listed/);
    expect(await count()).to.equal(before);
  });

  it('is sound for git', () => fsck(repository));

  it('keeps an APIService whose server is away, and says that its group is not seen', async () => {
    const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.away.example.org' }, spec: { group: 'away.example.org', version: 'v1', groupPriorityMinimum: 100, versionPriority: 1, insecureSkipTLSVerify: true, service: { namespace: NS, name: 'web' } } };
    const apart = workshop.repository();
    await plane.api.create(service);
    try {
      const { code, stderr } = await workshop.run(plane, ['export', '--repo', apart]);
      expect(code, stderr).to.equal(3);
      expect(stderr).to.contain('away.example.org');
      expect(await fileAt(apart, 'main', 'cluster/apiservices.apiregistration.k8s.io/v1.away.example.org.yaml')).to.contain('group: away.example.org');
    } finally {
      await plane.api.delete(service);
    }
  });
});
