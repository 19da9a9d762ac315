import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { candidatesFor } from '../../../src/cli/completion/candidates.js';
import { quoteForBash, splitShellLine } from '../../../src/cli/completion/shell-words.js';
import { readEnvironment } from '../../../src/config/env.js';

const signal = new AbortController().signal;
const environment = readEnvironment({});

async function offered(...line: string[]): Promise<string[]> {
  const current = line.at(-1) ?? '';
  const { directive, words } = await candidatesFor(line.slice(0, -1), current, environment, signal);
  return directive === 'words' ? words.filter((word) => word.startsWith(current)).sort() : [`(${directive})`];
}

describe('cli/completion', () => {
  it('splits a line as a shell does', () => {
    const cases: [string, string[], string][] = [
      ['kubetape show dep', ['kubetape', 'show'], 'dep'],
      ['kubetape ls ', ['kubetape', 'ls'], ''],
      ["kubetape ls --at '2 hours", ['kubetape', 'ls', '--at'], '2 hours'],
      ['kubetape ls --at "2 hours ago" -n ', ['kubetape', 'ls', '--at', '2 hours ago', '-n'], ''],
      ['kubetape show cm/a\\ b', ['kubetape', 'show'], 'cm/a b'],
      ["kubetape show 'it'\\''s'", ['kubetape', 'show'], "it's"],
    ];
    for (const [line, before, current] of cases) expect(splitShellLine(line), line).to.deep.include({ before, current });
  });

  it('quotes a word so that bash gives it back and runs nothing', () => {
    const words = ['plain-1.2/x:y', 'a b', "it's", '$(touch /tmp/x)', '`id`', '"', '\\', '!x', '*', '~', '漢字', 'a;b', '#x', ''];
    const echoed = execFileSync('bash', ['--norc', '-c', `printf '%s\\n' ${words.map(quoteForBash).join(' ')}`], { encoding: 'utf8' });

    expect(echoed).to.equal(words.map((word) => `${word}\n`).join(''));
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1 })), (given) => {
      expect(splitShellLine([...given.map(quoteForBash), ''].join(' ')).before).to.deep.equal(given);
    }));
  });

  it('offers commands, their subcommands and help of them', async () => {
    expect(await offered('')).to.include.members(['ls', 'show', 'log', 'blame', 'diff', 'verify', 'point', 'status', 'completion', 'help']);
    expect(await offered('po')).to.deep.equal(['point']);
    expect(await offered('point', '')).to.deep.equal(['create', 'list', 'rm']);
    expect(await offered('config', 'c')).to.deep.equal(['check']);
    expect(await offered('help', 'bl')).to.deep.equal(['blame']);
    expect(await offered('-v', 'completion', '')).to.deep.equal(['bash', 'fish', 'zsh']);
    expect((await offered('')).filter((word) => word.startsWith('_'))).to.deep.equal([]);
  });

  it('offers the flags of a command, global ones too, and no other', async () => {
    expect(await offered('log', '--s')).to.deep.equal(['--selector', '--since', '--stat']);
    expect(await offered('ls', '--re')).to.deep.equal(['--repo']);
    expect(await offered('diff', '--')).to.include.members(['--filename', '--watch', '--kubeconfig', '--color', '--help']);
    expect(await offered('mirror', '--', '--')).to.deep.equal([]);
  });

  it('offers the values of a flag, however it is written', async () => {
    expect(await offered('diff', '-o', 's')).to.deep.equal(['side-by-side', 'summary']);
    expect(await offered('ls', '-o', 's')).to.deep.equal([]);
    expect(await offered('ls', '--output=na')).to.deep.equal(['--output=name']);
    expect(await offered('--color', '')).to.deep.equal(['always', 'auto', 'never']);
    expect(await offered('diff', '-f', '')).to.deep.equal(['(files)']);
    expect(await offered('--repo', '')).to.deep.equal(['(folders)']);
    expect(await offered('mirror', '--secrets', 'd')).to.deep.equal(['digest']);
  });
});
