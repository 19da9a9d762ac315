const DAY = 86_400;

/** IANA name of the system's zone. */
export function systemZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * The instant (seconds since 1970) at which clocks in a zone show a time; `wall`: that time, as if it were UTC. Where
 * clocks are put forward, a time that is left out moves on by what was left out; where they are put back, the first of
 * two: the rule "compatible" of RFC 5545 and of Temporal.
 */
export function instantOf(wall: number, timeZone: string): number {
  const clock = new ZoneClock(timeZone);
  // No zone changes its clocks twice within two days.
  const [before, after] = [clock.offset(wall - DAY), clock.offset(wall + DAY)];
  const fits = [wall - before, wall - after].filter((at) => at + clock.offset(at) === wall);
  return fits.length > 0 ? Math.min(...fits) : wall - before;
}

class ZoneClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    const numeric = 'numeric';
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', era: 'short', hourCycle: 'h23', year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric });
  }

  /** Seconds east of UTC at an instant. */
  offset(at: number): number {
    const parts = new Map(this.#format.formatToParts(at * 1000).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const date = new Date(0);
    date.setUTCFullYear(parts.get('era') === 'BC' ? 1 - number('year') : number('year'), number('month') - 1, number('day'));
    return date.getTime() / 1000 + number('hour') * 3600 + number('minute') * 60 + number('second') - at;
  }
}
