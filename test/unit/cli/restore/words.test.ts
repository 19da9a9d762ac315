import { expect } from 'chai';
import { candidatesFor } from '../../../../src/cli/completion/candidates.js';
import { commandText } from '../../../../src/cli/restore/command-text.js';
import { confirm, questionOf } from '../../../../src/cli/restore/confirm.js';
import { rangeOf } from '../../../../src/cli/restore/plan-revert-words.js';
import { assertNoPlanOptions, optionWords, restoreOptions, runManners } from '../../../../src/cli/restore/restore-options.js';
import { scopeOf, scopeWords, selectionOfScope } from '../../../../src/cli/restore/scope.js';
import { UsageError } from '../../../../src/cli/usage-error.js';
import { readEnvironment } from '../../../../src/config/env.js';
import { RestoreError } from '../../../../src/restore/restore-error.js';
import { plan, step } from './support.js';

const signal = new AbortController().signal;

describe('cli/restore: what a command line asks for', () => {
  it('needs a scope, and knows when it is everything', () => {
    for (const options of [{}, { selector: 'app=web' }, { exclude: ['types=secrets'] }]) expect(() => scopeOf(options, [], 'restore')).to.throw(RestoreError, 'needs a scope').with.property('exitCode', 2);
    expect(scopeOf({ allNamespaces: true, exclude: ['types=secrets'] }, [], 'plan').everything).to.equal(true);
    expect(scopeOf({ allNamespaces: true, selector: 'a=b' }, [], 'plan').everything).to.equal(false);
    expect(scopeOf({ allNamespaces: true }, ['deploy'], 'plan').everything).to.equal(false);
    expect(scopeOf({ namespace: ['shop'] }, [], 'plan')).to.deep.equal({ everything: false, namespaces: ['shop'], objects: [], selector: null, exclude: [] });
  });

  it('turns a scope into a selection and into the words that mean it again', () => {
    const scope = scopeOf({ namespace: ['shop', 'pay-*'], selector: 'app=web', exclude: ['types=secrets'] }, ['deploy/web'], 'plan');
    expect(scopeWords(scope)).to.deep.equal(['deploy/web', '-n', 'shop', '-n', 'pay-*', '-l', 'app=web', '--exclude', 'types=secrets']);
    expect(selectionOfScope(scope)).to.deep.include({ objects: ['deploy/web'], namespaces: ['shop', 'pay-*'], allNamespaces: false, selector: 'app=web' });
    expect(selectionOfScope(scope).exclude).to.have.length(1);
    expect(scopeWords(scopeOf({ allNamespaces: true }, [], 'plan'))).to.deep.equal(['-A']);
    expect(() => selectionOfScope({ ...scope, exclude: ['nonsense'] })).to.throw();
  });

  it('reads options, and refuses what contradicts itself', () => {
    expect(optionWords(restoreOptions({}))).to.deep.equal([]);
    expect(optionWords(restoreOptions({ onlyMissing: true, onImmutable: 'recreate', toOtherCluster: true }))).to.deep.equal(['--only-missing', '--on-immutable', 'recreate', '--to-other-cluster']);
    expect(runManners({})).to.deep.include({ yes: false, concurrency: undefined, waitMs: 60_000, settleMs: 5_000 });
    expect(runManners({ wait: '1m30s', settle: '0', concurrency: '8' })).to.deep.include({ waitMs: 90_000, settleMs: 0, concurrency: 8 });
    for (const options of [{ onlyMissing: true, onExisting: 'fail' }, { strategy: 'merge', onImmutable: 'recreate' }]) expect(() => restoreOptions(options)).to.throw(UsageError);
    for (const options of [{ wait: '5' }, { settle: 'soon' }, { concurrency: '0' }, { concurrency: '1e3' }]) expect(() => runManners(options)).to.throw(UsageError);
    expect(() => { assertNoPlanOptions({ onImmutable: 'recreate', yes: true }, [], '--plan'); }).to.throw(UsageError, '--on-immutable cannot be given');
    assertNoPlanOptions({ yes: true, wait: '1s', concurrency: '3' }, [], '--plan');
  });

  it('reads a range; one revision alone is none', () => {
    expect(rangeOf('HEAD~1..HEAD')).to.deep.equal({ from: 'HEAD~1', to: 'HEAD' });
    expect(rangeOf('2 hours ago..1 hour ago')).to.deep.equal({ from: '2 hours ago', to: '1 hour ago' });
    expect(rangeOf('v1.2..v1.3')).to.deep.equal({ from: 'v1.2', to: 'v1.3' });
    expect(rangeOf('abc..')).to.deep.equal({ from: 'abc', to: 'HEAD' });
    for (const word of [undefined, '', 'HEAD', '..', '..HEAD', 'a...b']) expect(() => rangeOf(word), word).to.throw(UsageError, 'A..B');
  });

  it('suggests commands that reach the same repository and cluster, quoted', () => {
    expect(commandText(['restore', '--resume', 'r'], { repo: '/a b/c.git', context: 'prod', yes: true })).to.equal("kubetape restore --resume r --repo '/a b/c.git' --context prod");
    expect(commandText(['restore', 'x', '-n', "$(id)'"], {})).to.equal("kubetape restore x -n '$(id)'\\'''");
  });

  it('asks for a word that a habit does not type where much is at stake', async () => {
    const deleting = plan([step('a', { action: 'recreate' }), step('b', { action: 'recreate' }), step('c')]);
    const data = plan([step('a', { dangers: [{ kind: 'data', words: '', evidence: '' }] }), step('b')]);
    expect(questionOf(plan([step('a'), step('b', { action: 'skip' })]))).to.deep.equal({ text: 'Type yes to restore 1 object to https://127.0.0.1:6443: ', expected: 'yes' });
    expect(questionOf(deleting)).to.deep.include({ expected: '2' });
    expect(questionOf(data)).to.deep.include({ expected: 'data' });
    await confirm(deleting, async () => ' 2 ', signal);
    for (const answer of ['yes', 'y', '', null]) {
      const thrown = await confirm(deleting, async () => answer, signal).catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(RestoreError).with.property('exitCode', 5);
    }
  });

  it('is completed: choices, files, runs', async () => {
    const environment = { ...readEnvironment({}), stateFolder: '/nowhere' };
    const offered = async (...line: string[]): Promise<readonly string[]> => {
      const { directive, words } = await candidatesFor(line.slice(0, -1), line.at(-1) ?? '', environment, signal);
      return directive === 'words' ? words.filter((word) => word.startsWith(line.at(-1) ?? '')) : [`(${directive})`];
    };
    expect(await offered('re')).to.have.members(['restore', 'revert']);
    expect(await offered('restore', '--on-immutable', '')).to.deep.equal(['keep', 'skip', 'recreate']);
    expect(await offered('restore', '--plan', '')).to.deep.equal(['(files)']);
    expect(await offered('restore', '--report', '')).to.deep.equal(['(folders)']);
    expect(await offered('restore', '--resume', '')).to.deep.equal(['last']);
    expect(await offered('plan', '--on')).to.have.members(['--only-missing', '--on-existing', '--on-immutable']);
    expect(await offered('plan', '--y')).to.deep.equal([]);
    expect(await offered('restore', '-o', 'j')).to.deep.equal(['json', 'junit']);
  });
});
