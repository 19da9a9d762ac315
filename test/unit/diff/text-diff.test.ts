import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { lineDiff } from '../../../src/diff/line-diff.js';
import { gitPath, sideBySide, unifiedDiff, visibleLine } from '../../../src/diff/text-diff.js';
import { propertyRuns } from '../../support/scale.js';

const NAMES = { fromName: 'a/web.yaml', toName: 'b/web.yaml' };
const lines = (n: number, text = 'line'): string => Array.from({ length: n }, (_, i) => `${text} ${i}\n`).join('');

describe('unified diffs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubetape-diff-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What the program makes of a file that holds `before`; null when the file is gone. */
  function applied(program: 'git' | 'patch', before: string | null, patch: string, file = 'web.yaml'): string | null {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (before === null) rmSync(path, { force: true });
    else writeFileSync(path, before);
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(folder), GIT_CONFIG_NOSYSTEM: '1' };
    const command = program === 'git' ? ['git', 'apply', '-p1', '--unidiff-zero', '--whitespace=nowarn'] : ['patch', '-p1', '--silent', '--binary', '--no-backup-if-mismatch'];
    execFileSync(command[0] ?? '', command.slice(1), { cwd: folder, input: patch, env, stdio: 'pipe' });
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  }

  it('look like those of git', () => {
    expect(unifiedDiff('a\nb\nc\nd\ne\nf\ng\n', 'a\nb\nc\nX\ne\nf\ng\n', { ...NAMES, context: 1 })).to.equal('--- a/web.yaml\n+++ b/web.yaml\n@@ -3,3 +3,3 @@\n c\n-d\n+X\n e\n');
    expect(unifiedDiff('a', 'a\n', NAMES)).to.equal('--- a/web.yaml\n+++ b/web.yaml\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n');
    expect(unifiedDiff('same\n', 'same\n', NAMES)).to.equal('');
  });

  it('join changes whose contexts touch and part those whose do not', () => {
    const changed = (at: readonly number[]): string => lines(30).replace(/line (\d+)$/gm, (line, n: string) => (at.includes(Number(n)) ? `new ${n}` : line));
    const hunks = (at: readonly number[]): string[] => unifiedDiff(lines(30), changed(at), NAMES).match(/^@@.*@@$/gm) ?? [];

    expect(hunks([5, 12])).to.deep.equal(['@@ -3,14 +3,14 @@']);
    expect(hunks([5, 13])).to.deep.equal(['@@ -3,7 +3,7 @@', '@@ -11,7 +11,7 @@']);
    expect(hunks([0, 29])).to.deep.equal(['@@ -1,4 +1,4 @@', '@@ -27,4 +27,4 @@']);
  });

  it('are accepted by git apply and by patch, whatever the texts are', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', ' ', '\t', '-', '+', '--- a/x', '+++ b/x', '@@ -1 +1 @@', '\\ No newline at end of file', 'x\r', 'é😀', '# c', 'diff --git a/x b/x');
    const text = fc.tuple(fc.array(line, { maxLength: 14 }), fc.constantFrom('', '\n')).map(([list, end]) => (list.length === 0 ? '' : list.join('\n') + end));
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        fc.pre(before !== after && before !== '' && after !== '');
        const patch = unifiedDiff(before, after, { ...NAMES, context });
        expect(applied('git', before, patch)).to.equal(after);
        if (context > 0) expect(applied('patch', before, patch)).to.equal(after);
      }),
      propertyRuns(60),
    );
  });

  it('make and remove a file where a side is /dev/null', () => {
    expect(applied('git', null, unifiedDiff('', 'a\nb\n', { fromName: '/dev/null', toName: 'b/web.yaml' }))).to.equal('a\nb\n');
    expect(applied('git', 'a\nb', unifiedDiff('a\nb', '', { fromName: 'a/web.yaml', toName: '/dev/null' }))).to.equal(null);
  });

  it('quote hostile names as git does', () => {
    expect(gitPath('plain/na-me.yaml')).to.equal('plain/na-me.yaml');
    expect(gitPath('a/\n\x1b[31m"\\\té')).to.equal('"a/\\n\\033[31m\\"\\\\\\t\\303\\251"');
    for (const name of ['with space.yaml', 'tab\tand\nline.yaml', 'quo"te\\.yaml', 'é😀.yaml', '--- a.yaml', '\x1b[31mred.yaml']) {
      const patch = unifiedDiff('a\n', 'b\n', { fromName: `a/${name}`, toName: `b/${name}` });
      expect(patch.split('\n')).to.have.length(6);
      expect(applied('git', 'a\n', patch, name), name).to.equal('b\n');
    }
  });

  it('show controls and direction marks as escapes where a terminal is to see them, and tabs and backslashes as they are', () => {
    const diff = unifiedDiff('', 'a\x1b[31m\tb\\n\u202eevil\r\n', { ...NAMES, escape: true });
    expect(diff.split('\n')[3]).to.equal('+a\\x1b[31m\tb\\n\\u{202e}evil\\x0d');
    expect(visibleLine('\u{1f600} é')).to.equal('\u{1f600} é');
  });

  it('say only how many lines were replaced when the time is up, which no program takes for a patch', () => {
    const patch = unifiedDiff(`head\n${lines(300)}tail\n`, `head\n${lines(300).split('\n').reverse().join('\n').trim()}\nmore\ntail\n`, { ...NAMES, timeLimitMs: -1 });

    expect(patch).to.equal('--- a/web.yaml\n+++ b/web.yaml\n@@ -2,300 +2,301 @@ 300 lines replaced by 301 lines\n');
    expect(() => applied('git', `head\n${lines(300)}tail\n`, patch)).to.throw();
  });

  it('of big texts take no longer than their limit allows', () => {
    const shuffled = (step: number): string => Array.from({ length: 20_000 }, (_, i) => `${(i * step) % 4_999}\n`).join('');
    const started = performance.now();
    const patch = unifiedDiff(shuffled(7), shuffled(1_931), { ...NAMES, timeLimitMs: 200 });

    expect(patch).to.match(/lines replaced by/);
    expect(performance.now() - started).to.be.below(2_000);
    // Lines that the other side does not have cost nothing: 108 KB rewritten took npm diff 7.9 s.
    const rewritten = unifiedDiff(lines(10_000, 'some old text'), lines(10_000, 'another text'), { ...NAMES, timeLimitMs: 200 });
    expect(rewritten).to.not.match(/lines replaced by/);
  });
});

describe('line diffs', () => {
  it('hold every line of both texts in order, and a shortest script', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 12 }).map((list) => list.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { runs } = lineDiff(before, after);
        expect(runs.flatMap((run) => run.before).join('')).to.equal(before);
        expect(runs.flatMap((run) => run.after).join('')).to.equal(after);
        for (const run of runs) if (run.same) expect(run.before).to.deep.equal(run.after);
        const kept = runs.filter(({ same }) => same).reduce((sum, run) => sum + run.before.length, 0);
        expect(kept).to.equal(longestCommon(tokens(before), tokens(after)));
      }),
      propertyRuns(500),
    );
  });
});

describe('side by side', () => {
  it('puts changed lines beside each other, with their numbers and their context', () => {
    const [group, ...more] = sideBySide(`${lines(8)}old\nsame\n`, `${lines(8)}new\nnewer\nsame\n`, { context: 1 });

    expect(more).to.deep.equal([]);
    expect(group).to.deep.equal([
      { kind: 'same', before: { number: 8, text: 'line 7' }, after: { number: 8, text: 'line 7' } },
      { kind: 'changed', before: { number: 9, text: 'old' }, after: { number: 9, text: 'new' } },
      { kind: 'added', before: null, after: { number: 10, text: 'newer' } },
      { kind: 'same', before: { number: 10, text: 'same' }, after: { number: 11, text: 'same' } },
    ]);
    expect(sideBySide('a\n', 'a\n')).to.deep.equal([]);
  });

  it('is one row when the time is up', () => {
    expect(sideBySide('a\nb\nc\n', 'c\nb\na\n', { timeLimitMs: -1 })).to.deep.equal([
      [{ kind: 'replaced', before: { number: 1, text: '3 lines replaced by 3 lines' }, after: { number: 1, text: '3 lines replaced by 3 lines' } }],
    ]);
  });
});

function tokens(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The textbook's table, as a judge. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  a.forEach((x, i) => b.forEach((y, j) => ((table[i + 1] as number[])[j + 1] = x === y ? (table[i]?.[j] ?? 0) + 1 : Math.max(table[i]?.[j + 1] ?? 0, table[i + 1]?.[j] ?? 0))));
  return table[a.length]?.[b.length] ?? 0;
}
