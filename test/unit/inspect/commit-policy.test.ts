import { expect } from 'chai';
import { Canonicaliser } from '../../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../../src/canon/pack-files.js';
import { commitPolicy } from '../../../src/inspect/commit-policy.js';
import { RepositoryError } from '../../../src/model/repository-error.js';
import { yaml } from '../../support/history.js';
import { TEST_KEY, testPolicy } from '../../support/mirror-run.js';
import { cleanUp, historyOf, newRepository } from './support.js';

const pack = (name: string): { name: string; text: string } => ({ name, text: `apiVersion: kubetape.io/v1\nkind: RulePack\nname: ${name.toLowerCase()}\nversion: 1\nrules:\n- {id: ${name.charAt(0).toLowerCase()}/one, class: noise, match: {}, drop: [spec.x]}\n` });

describe('inspect/commit-policy', () => {
  afterEach(cleanUp);

  it('makes again what the commit was written under: packs in their order, filter, mode', async () => {
    const filter = { include: [{ types: ['deployments.*', 'secrets'], namespaces: ['shop'], names: ['*'], labelSelector: 'a=b' }], exclude: [{ names: ['x'] }, { types: ['events'] }] };
    const policy = testPolicy({ packs: [loadCorePack(), pack('Zebra pack.yaml'), pack('ape.yaml')], filter });
    const repository = await newRepository(policy);
    const commit = repository.commit({});
    const history = historyOf(repository);
    const read = commitPolicy(history.snapshot(commit), TEST_KEY);
    expect(read.canonicaliser.rulesHash).to.equal(new Canonicaliser(policy).rulesHash);
    expect([read.agrees, read.digestsComparable, read.policy.filter]).to.deep.equal([true, true, filter]);
    expect(read.policy.packs.map(({ name }) => name)).to.deep.equal(['core', 'Zebra pack.yaml', 'ape.yaml']);
  });

  it('compares digests with their own key only', async () => {
    const repository = await newRepository();
    const snapshot = ((history) => history.snapshot(history.head()))((repository.commit({}), historyOf(repository)));
    for (const key of [null, Buffer.alloc(32, 8)]) {
      const { digestsComparable, policy } = commitPolicy(snapshot, key);
      expect(digestsComparable).to.equal(false);
      expect(policy.digestKey).to.not.deep.equal(key);
    }
  });

  it('guesses the order of packs that an older commit does not record, and says that the rules do not agree', async () => {
    const repository = await newRepository(testPolicy({ packs: [pack('b'), loadCorePack(), pack('a')] }));
    const policy = repository.meta()['.kubetape/policy'] ?? '';
    const commit = repository.commit({ '.kubetape/policy': policy.replace(/packs:\n(?:- .*\n)+/, '') });
    const read = commitPolicy(historyOf(repository).snapshot(commit), TEST_KEY);
    expect(read.policy.packs.map(({ name }) => name)).to.deep.equal(['core', 'a', 'b']);
    expect(read.agrees).to.equal(false);
  });

  it('says that a commit of another emitter does not agree', async () => {
    const repository = await newRepository();
    const commit = repository.commit({ '.kubetape/format': yaml({ format: 1, emitter: 99 }) });
    expect(commitPolicy(historyOf(repository).snapshot(commit), TEST_KEY)).to.deep.include({ agrees: false, emitter: 99 });
  });

  it('refuses a commit that says nothing', async () => {
    const repository = await newRepository();
    const commit = repository.commit({ '.kubetape/policy': null });
    expect(() => commitPolicy(historyOf(repository).snapshot(commit), null)).to.throw(RepositoryError, /does not say by which rules/);
  });
});
