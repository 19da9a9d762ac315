import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { diffView } from '../../../../src/cli/demo/diff-view.js';
import { tellEnding, type EndingOptions } from '../../../../src/cli/demo/ending.js';
import { clip, COLUMNS, PLAIN, shellQuote, wrap } from '../../../../src/cli/demo/text.js';
import { treeView } from '../../../../src/cli/demo/tree-view.js';

describe('demo: views', () => {
  describe('tree', () => {
    it('puts the files of a type on one line and counts those that do not fit', () => {
      const paths = Array.from({ length: 40 }, (_, index) => `namespaces/shop/configmaps/settings-${index + 10}.yaml`);
      const lines = treeView(tapeOf(paths), { favour: [], maxLines: 20 });
      const listed = lines.find((line) => line.includes('configmaps/')) ?? '';
      const shown = listed.match(/settings-/g)?.length ?? 0;
      expect(shown).to.be.greaterThan(1);
      expect(listed).to.match(new RegExp(`\\+${40 - shown}$`));
    });

    it('opens the favoured namespace first and keeps to its number of lines on a large cluster', () => {
      const paths = ['.kubetape/format', 'cluster/nodes/one.yaml'];
      for (let index = 0; index < 300; index += 1) paths.push(`namespaces/team-${index}/configmaps/a.yaml`, `namespaces/team-${index}/secrets/a.yaml`);
      paths.push('namespaces/zoo/services/web.yaml');
      const lines = treeView(tapeOf(paths), { favour: ['zoo'], maxLines: 30 });
      expect(lines.length).to.be.at.most(30);
      expect(lines.findIndex((line) => line.startsWith('  zoo/'))).to.be.lessThan(lines.findIndex((line) => line.startsWith('  team-')));
      expect(lines).to.include('    services/  web.yaml');
      const named = lines.filter((line) => /^ {2}(team|zoo)/.test(line)).length;
      expect(lines.at(-1)).to.equal(`  … and ${301 - named} more namespaces`);
    });

    it('never exceeds the width', () => {
      const lines = treeView(tapeOf([`namespaces/${'n'.repeat(63)}/${'r'.repeat(60)}.example.com/${'o'.repeat(200)}.yaml`]), { favour: [], maxLines: 10 });
      expect(lines.every((line) => line.length <= COLUMNS)).to.equal(true);
    });

    it('of an empty repository is short', () => {
      expect(treeView(tapeOf([]), { favour: ['shop'], maxLines: 10 }).length).to.be.at.most(2);
    });
  });

  describe('diff', () => {
    it('is a unified diff', () => {
      const lines = diffView('a/file.yaml', 'one\ntwo\nthree\n', 'one\n2\nthree\n', PLAIN);
      expect(lines).to.deep.equal(['--- a/a/file.yaml', '+++ b/a/file.yaml', '@@ -1,3 +1,3 @@', ' one', '-two', '+2', ' three']);
    });

    it('colours what went and what came', () => {
      const palette = { paint: (style: string, text: string) => `<${style}>${text}` };
      expect(diffView('f', 'a\n', 'b\n', palette)).to.include.members(['<red>-a', '<green>+b']);
    });

    it('gives up in time on texts that share nothing', () => {
      const of = (salt: number): string => Array.from({ length: 30_000 }, (_, index) => `${(index * 7_919 + salt) % 104_729}`).join('\n');
      const started = Date.now();
      expect(diffView('f', of(1), of(50_000), PLAIN).length).to.be.greaterThan(0);
      expect(Date.now() - started).to.be.lessThan(20_000);
    });
  });

  describe('ending', () => {
    it('on a real cluster has no diff, and suggests what can be run', () => {
      const lines = ending({ commits: [commitOf('a'.repeat(40), 'Baseline with 3 objects')] });
      expect(lines.join('\n')).to.not.contain('The diff');
      expect(lines).to.include('aaaaaaa  00:00:00  Baseline with 3 objects');
      expect(lines).to.include('  kubetape status --repo /srv/tape.git');
      expect(lines).to.include('  kubetape show services/web -n shop --repo /srv/tape.git');
    });

    it('says that nothing is new when there was no commit', () => {
      expect(ending({ commits: [] }).join('\n')).to.contain('No new commit');
    });

    it('shows the newest commits of a long log and counts the others', () => {
      const commits = Array.from({ length: 30 }, (_, index) => commitOf(String(index).padStart(40, '0'), `number ${index}`));
      const text = ending({ commits }).join('\n');
      expect(text).to.contain('number 29').and.contain('… and 10 older commits').and.not.contain('number 9\n');
    });
  });

  describe('text', () => {
    it('wraps at words', () => {
      const lines = wrap('word '.repeat(40).trim(), '   ');
      expect(lines.length).to.be.greaterThan(2);
      expect(lines.every((line) => line.length <= COLUMNS && line.startsWith('   word'))).to.equal(true);
      expect(lines.join(' ').match(/word/g)).to.have.length(40);
    });

    it('clips by characters, not by halves of them', () => {
      expect(clip('😀'.repeat(5), 3)).to.equal('😀😀…');
      expect(clip('short', 5)).to.equal('short');
    });

    it('quotes for the shell what needs it', () => {
      for (const name of ['plain/path.git', 'two words', "it's", '$(exit 1)', 'a;b', '']) {
        expect(execFileSync('sh', ['-c', `printf %s ${shellQuote(name)}`], { encoding: 'utf8' })).to.equal(name);
      }
    });
  });
});

function ending(changes: Pick<EndingOptions, 'commits'>): string[] {
  const lines: string[] = [];
  const tape = tapeOf(['namespaces/shop/services/web.yaml']);
  tellEnding({ print: (line) => lines.push(line), palette: PLAIN, repo: '/srv/tape.git', program: 'kubetape', tape, ...changes });
  return lines;
}

function commitOf(oid: string, message: string): EndingOptions['commits'][number] {
  return { oid, tree: oid, parents: [], message: `${message}\n\nKubetape-Version: test\n`, committedAt: 0 };
}

function tapeOf(paths: readonly string[]): EndingOptions['tape'] {
  const below = (folder: string): string[] => paths.filter((path) => folder === '' || path.startsWith(`${folder}/`));
  return {
    files: (folder) => below(folder).map((path) => ({ path, oid: '0'.repeat(40) })),
    folders: (folder) => [...new Set(below(folder).map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))],
  };
}
