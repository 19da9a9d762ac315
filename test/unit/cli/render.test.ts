import { expect } from 'chai';
import { createTerminalLine, progressLine } from '../../../src/cli/render/progress.js';
import { renderStatus } from '../../../src/cli/render/status.js';
import { renderTable } from '../../../src/cli/render/table.js';
import { statusReport } from '../../support/status-report.js';

describe('cli/render', () => {
  describe('renderTable', () => {
    it('lines up columns and leaves no space at the end', () => {
      expect(renderTable(['NAME', 'AGE', 'NOTE'], [['a', '5s', ''], ['longer', '10m', 'x']])).to.equal(
        'NAME     AGE   NOTE\na        5s\nlonger   10m   x\n',
      );
    });

    it('keeps a hostile name in its row', () => {
      const table = renderTable(['NAME'], [['a\nb\u001B[2Jc']]);

      expect(table.split('\n')).to.have.length(3);
      expect(table).to.not.contain('\u001B');
    });
  });

  describe('progress', () => {
    it('names types, objects, rate and time', () => {
      expect(progressLine({ phase: 'listing', typesSynced: 14, types: 150, objects: 12_345 }, 5000)).to.equal('listing  14/150 types  12,345 objects  2,469/s  5s');
      expect(progressLine({ phase: 'discovering', typesSynced: 0, types: 0, objects: 0 }, 0)).to.equal('discovering  0/0 types  0 objects  0ms');
    });

    it('redraws one line ten times a second at most, and leaves the terminal clean', () => {
      let now = 0;
      let screen = '';
      const line = createTerminalLine({ write: (text) => { screen += text; }, columns: () => 20, clock: { now: () => now, sleep: async () => undefined } });
      const state = { phase: 'listing', typesSynced: 1, types: 2, objects: 3 };
      for (now = 0; now < 1000; now += 1) {
        line.progress.update(state);
      }
      const draws = screen.split('\r').length - 1;
      line.progress.done();

      expect(draws).to.equal(10);
      expect(screen).to.not.contain('\n');
      expect(Math.max(...screen.split('\r\u001B[K').map((part) => part.length))).to.be.below(20);
      expect(screen.endsWith('\r\u001B[K')).to.equal(true);
    });

    it('prints lines above itself, and plainly when nothing is drawn', () => {
      let screen = '';
      const line = createTerminalLine({ write: (text) => { screen += text; }, columns: () => 80, clock: { now: () => 0, sleep: async () => undefined } });
      line.print('one\n');
      line.progress.update({ phase: 'listing', typesSynced: 1, types: 2, objects: 3 });
      screen = '';
      line.print('two\n');
      expect(screen).to.match(/^\r\u001B\[Ktwo\nlisting /);

      line.progress.done();
      screen = '';
      line.print('three\n');
      expect(screen).to.equal('three\n');
    });
  });

  describe('renderStatus', () => {
    const rendering = { now: Date.parse('2026-11-20T14:00:00Z'), wide: false, paint: (_style: unknown, text: string) => text };

    it('says how the daemon stands', () => {
      const text = renderStatus(statusReport(), rendering);

      expect(text).to.match(/^Mirror: +following, started 1h ago, version 0\.1\.0$/m);
      expect(text).to.match(/^Head: +0123456789ab shop: scale deployments\/web 2 → 5, 1m ago$/m);
      expect(text).to.match(/^Types: +60 of 60 synced, 2 polled$/m);
      expect(text).to.not.contain('NOT SYNCED');
    });

    it('names ten types that are missing, and all of them when asked', () => {
      const unsynced = Array.from({ length: 12 }, (_, i) => ({ type: `t${i}`, reason: '403 Forbidden', since: null }));

      expect(renderStatus(statusReport({ unsynced }), rendering)).to.contain('t9 ').and.contain('and 2 more').and.not.contain('t10');
      expect(renderStatus(statusReport({ unsynced }), { ...rendering, wide: true })).to.contain('t11').and.not.contain('more');
    });

    it('escapes what a server or another program said', () => {
      const text = renderStatus(statusReport({ lastError: { code: 'SERVER', message: 'a\u001B[2J\nb', at: '2026-11-20T13:00:00Z' } }), rendering);

      expect(text).to.not.contain('\u001B');
    });
  });
});
