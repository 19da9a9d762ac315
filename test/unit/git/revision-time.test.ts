import { expect } from 'chai';
import fc from 'fast-check';
import { parseTime, type TimeContext } from '../../../src/git/revision-time.js';
import { instantOf } from '../../../src/git/wall-clock.js';
import { propertyRuns } from '../../support/scale.js';
import { expectCode } from './support.js';

const NOW = Date.UTC(2026, 10, 21, 9, 30, 15);

const at = (text: string, context: Partial<TimeContext> = {}): string | null => {
  const time = parseTime(text, { now: NOW, timeZone: 'UTC', ...context });
  return time === null ? null : new Date(time.at * 1000).toISOString().replace('.000Z', 'Z');
};

describe('times of revisions', () => {
  it('reads ISO 8601, with and without zone', () => {
    for (const [text, expected] of [
      ['2026-11-20T14:00Z', '2026-11-20T14:00:00Z'],
      ['2026-11-20T14:00:30.75z', '2026-11-20T14:00:30Z'],
      ['2026-11-20 14:00:30 UTC', '2026-11-20T14:00:30Z'],
      ['2026-11-20t14:00:30+02:00', '2026-11-20T12:00:30Z'],
      ['2026-11-20T14:00-0330', '2026-11-20T17:30:00Z'],
      ['2026-11-20T14:00+05', '2026-11-20T09:00:00Z'],
      ['2026-11-20T14:00', '2026-11-20T14:00:00Z'],
      ['2028-02-29', '2028-02-29T00:00:00Z'],
      ['0099-01-01', '0099-01-01T00:00:00Z'],
    ] as const) expect(at(text), text).to.equal(expected);
  });

  it('takes a date as its first second, or as its last where an end is asked for', () => {
    expect(at('2026-11-20', { timeZone: 'Europe/Berlin' })).to.equal('2026-11-19T23:00:00Z');
    expect(at('2026-11-20', { timeZone: 'Europe/Berlin', dayEdge: 'end' })).to.equal('2026-11-20T22:59:59Z');
    expect(at('2026-10-25', { timeZone: 'Europe/Berlin', dayEdge: 'end' })).to.equal('2026-10-25T22:59:59Z');
    expect(at('2026-11-20T10:00', { dayEdge: 'end' })).to.equal('2026-11-20T10:00:00Z');
  });

  it('names the zone that was used', () => {
    const zone = (text: string): string | undefined => parseTime(text, { now: NOW, timeZone: 'America/New_York' })?.zone;
    expect([zone('2026-11-20'), zone('2026-11-20T10:00Z'), zone('2026-11-20T10:00-0330'), zone('1h ago')]).to.deep.equal(['America/New_York', 'UTC', '-03:30', 'America/New_York']);
    expect(parseTime('now', { now: NOW })?.zone).to.equal(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  });

  it('reads what people say', () => {
    for (const [text, seconds] of [
      ['now', 0], ['yesterday', 86_400], ['2 hours ago', 7200], ['an hour ago', 3600], ['a week ago', 604_800], ['1h ago', 3600], ['90m ago', 5400],
      ['1h30m ago', 5400], ['1 hour 30 minutes ago', 5400], ['1 day, 2 hours ago', 93_600], ['2.weeks.ago', 1_209_600], ['1.5h ago', 5400], ['10 secs ago', 10], ['3D AGO', 259_200], ['one day ago', 86_400],
    ] as const) expect(parseTime(text, { now: NOW, timeZone: 'UTC' })?.at, text).to.equal(Math.floor(NOW / 1000) - seconds);
  });

  it('takes nothing else for a time', () => {
    for (const text of ['', 'main', 'ago', 'long ago', '20261120', '2026-11', '2026-11-20T', '10:00', 'HEAD', '2h', 'tomorrow', '-1h', '2026-11-20T10', 'a'.repeat(500)]) expect(at(text), text).to.equal(null);
  });

  it('says what is wrong with a time that cannot be', async () => {
    for (const [text, why] of [['2026-02-30', 'no such day'], ['2026-13-01', 'no such day'], ['2026-11-20T25:00', 'time of day'], ['2026-11-20T10:61Z', 'time of day'], ['2026-11-20T10:00+29:00', 'no such zone'], ['2 months ago', 'differ in length'], ['2 apples ago', '"apples" is no unit of time']] as const) {
      expect((await expectCode('NOT_FOUND', () => parseTime(text, { now: NOW }))).message, text).to.contain(why);
    }
    expect(at('99999999999999 weeks ago')).to.equal('0001-01-01T00:00:00Z');
  });

  it('moves a time that clocks leave out, and takes the first of two that come twice', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(at('2026-03-29T01:59', berlin)).to.equal('2026-03-29T00:59:00Z');
    expect(at('2026-03-29T02:30', berlin)).to.equal('2026-03-29T01:30:00Z'); // left out: 03:30 there
    expect(at('2026-03-29T03:00', berlin)).to.equal('2026-03-29T01:00:00Z');
    expect(at('2026-10-25T02:30', berlin)).to.equal('2026-10-25T00:30:00Z'); // twice
    expect(at('2026-10-25T03:00', berlin)).to.equal('2026-10-25T02:00:00Z');
    expect(at('2018-11-04', { timeZone: 'America/Sao_Paulo' })).to.equal('2018-11-04T03:00:00Z'); // midnight was left out
    expect(at('2011-12-30', { timeZone: 'Pacific/Apia' })).to.equal('2011-12-30T10:00:00Z'); // the whole day was left out
  });

  it('gives an instant at which clocks of the zone show that time, wherever there is one', () => {
    const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC'];
    const property = fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2 ** 31 }), (timeZone, instant) => {
      const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(instant * 1000);
      const found = instantOf(Date.parse(`${parts.replace(' ', 'T')}Z`) / 1000, timeZone);
      // The same wall-clock time, so the same instant, or the earlier of two.
      expect(new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(found * 1000)).to.equal(parts);
      expect(found).to.be.at.most(instant);
    });
    fc.assert(property, propertyRuns(100));
  });

  it('answers at once whatever it is given', () => {
    const property = fc.property(fc.stringMatching(/^[0-9ansoe.,:+-TZ ]{0,100}( ago)?$/), (text) => {
      const begin = performance.now();
      try {
        parseTime(text, { now: NOW, timeZone: 'UTC' });
      } catch (error) {
        expect(error).to.have.property('code', 'NOT_FOUND');
      }
      expect(performance.now() - begin).to.be.below(500);
    });
    fc.assert(property, propertyRuns(200));
  });
});
