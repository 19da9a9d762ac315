import { expect } from 'chai';
import { diffRequest } from '../../../../src/cli/diff/diff-request.js';
import { UsageError } from '../../../../src/cli/usage-error.js';

function hintOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError && error.exitCode === 2) return `${error.message}. ${error.hint}`;
    throw error;
  }
  throw new Error('was taken');
}

describe('cli/diff/diff-request', () => {
  it('takes no, one or two revisions, and A..B with the head for an absent end', () => {
    const revisions = (...args: string[]): readonly string[] => diffRequest({}, args, 'text').revisions;

    expect(revisions()).to.deep.equal([]);
    expect(revisions('HEAD~3')).to.deep.equal(['HEAD~3']);
    expect(revisions('a', 'b')).to.deep.equal(['a', 'b']);
    expect(revisions('a..b')).to.deep.equal(['a', 'b']);
    expect(revisions('a..')).to.deep.equal(['a', 'HEAD']);
    expect(revisions('..b')).to.deep.equal(['HEAD', 'b']);
    expect(revisions('2 hours ago..HEAD~1')).to.deep.equal(['2 hours ago', 'HEAD~1']);
  });

  it('takes --since for the revision', () => {
    expect(diffRequest({ since: '1h ago' }, [], 'text').revisions).to.deep.equal(['1h ago']);
    expect(hintOf(() => diffRequest({ since: '1h ago' }, ['HEAD'], 'text'))).to.contain("kubetape diff '1h ago' HEAD");
  });

  it('reads interval and lines of context', () => {
    expect(diffRequest({}, [], 'text')).to.include({ watchMs: null, contextLines: 3 });
    expect(diffRequest({ watch: true }, [], 'text').watchMs).to.equal(5000);
    expect(diffRequest({ watch: true, interval: '1m', contextLines: '0' }, [], 'text')).to.include({ watchMs: 60_000, contextLines: 0 });
  });

  it('refuses what does not go together, each with the cure', () => {
    expect(hintOf(() => diffRequest({}, ['a', 'b', 'c'], 'text'))).to.contain('Objects come behind --');
    expect(hintOf(() => diffRequest({ filename: ['x'] }, ['a', 'b'], 'text'))).to.contain('one revision');
    expect(hintOf(() => diffRequest({ exact: true }, [], 'text'))).to.contain('-f');
    expect(hintOf(() => diffRequest({ interval: '5s' }, [], 'text'))).to.contain('--watch');
    expect(hintOf(() => diffRequest({ watch: true }, ['a..b'], 'text'))).to.contain('--watch follows live');
    expect(hintOf(() => diffRequest({ watch: true, filename: ['-'] }, [], 'text'))).to.contain('stdin');
    expect(hintOf(() => diffRequest({ watch: true }, [], 'junit'))).to.contain('-o fields');
    expect(hintOf(() => diffRequest({ watch: true, interval: '5' }, [], 'text'))).to.contain('5s');
    expect(hintOf(() => diffRequest({ contextLines: '-1' }, [], 'text'))).to.contain('whole number');
  });
});
