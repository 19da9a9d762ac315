import { expect } from 'chai';
import { Interruption } from '../../../src/cli/interruption.js';
import { reportError, type ReportOptions } from '../../../src/cli/exit.js';
import { invalidConfiguration } from '../../../src/config/config-error.js';
import { ClusterError } from '../../../src/model/cluster-error.js';
import { RepositoryError } from '../../../src/model/repository-error.js';
import { fakeStreams } from './fake-streams.js';

function report(error: unknown, given: Partial<ReportOptions> = {}): { code: number; text: string } {
  const streams = fakeStreams();
  const code = reportError(error, streams, { json: false, verbose: false, signal: new AbortController().signal, ...given });
  expect(streams.stdout()).to.equal('');
  return { code, text: streams.stderr() };
}

describe('cli/exit', () => {
  const locked = new RepositoryError('LOCKED', 'Repository /data is locked by pid 7', { hint: 'Stop it', cause: new Error('EEXIST') });

  it('says what failed and what to do, with the exit code of the error', () => {
    expect(report(locked)).to.deep.equal({ code: 11, text: 'error: Repository /data is locked by pid 7\nhint: Stop it\n' });
    expect(report(new ClusterError('TLS', 'Bad certificate'))).to.deep.equal({ code: 10, text: 'error: Bad certificate\n' });
  });

  it('adds the causes with -v', () => {
    expect(report(locked, { verbose: true }).text).to.contain('\ncause: EEXIST\n');
  });

  it('gives one JSON object with -o json', () => {
    const { code, text } = report(locked, { json: true });

    expect(code).to.equal(11);
    expect(JSON.parse(text)).to.deep.equal({ error: { code: 'LOCKED', message: 'Repository /data is locked by pid 7', hint: 'Stop it', exitCode: 11 } });
  });

  it('lists every mistake of a configuration', () => {
    const error = invalidConfiguration([
      { origin: 'k.yaml', line: 3, column: 10, path: 'log.level', text: 'wrong' },
      { origin: '--window', path: '', text: 'wrong \u001B[2Jtoo' },
    ]);

    expect(report(error).text).to.contain('has 2 mistakes\n  k.yaml:3:10: log.level: wrong\n  --window: wrong \\x1b[2Jtoo\n');
    expect(JSON.parse(report(error, { json: true }).text)).to.have.nested.property('error.mistakes[0].line', 3);
  });

  it('shows a stack for a fault of ours only', () => {
    const { code, text } = report(new TypeError('x is not a function'));

    expect(code).to.equal(70);
    expect(text).to.match(/^error: Internal error: x is not a function\n +at .*exit\.test\.ts/);
    expect(report(locked).text).to.not.contain(' at ');
  });

  it('lets no name move the cursor or forge a line', () => {
    const { text } = report(new ClusterError('SERVER', 'Could not read a\u001B[2J\nerror: forged'));

    expect(text.trimEnd().split('\n')).to.have.length(1);
    expect(text).to.not.contain('\u001B');
  });

  it('is silent about the interruption that was asked for, not about another abort', () => {
    const root = new AbortController();
    const reason = new Interruption('SIGTERM');
    const stray = new DOMException('This operation was aborted', 'AbortError');
    expect(report(stray).code).to.equal(70);
    root.abort(reason);

    expect(report(reason, { signal: root.signal })).to.deep.equal({ code: 7, text: '' });
  });
});
