/** How much a test run does: the short form (npm test) or the long one (npm run test:long). */
export const LONG = process.env['KUBETAPE_TEST_LONG'] === '1';

/** The seed of every random choice of this run; printed at the end, settable to repeat a failure. */
export function propertySeed(): number {
  return Number(process.env['KUBETAPE_TEST_SEED'] ?? 20_261_121);
}

/** Runs of a property: `short` in npm test, ten times (or `long`) in the long form. */
export function propertyRuns(short: number, long = short * 10): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: LONG ? long : short, seed: propertySeed() };
}

/** A count that the long form raises. */
export function scaled(short: number, long: number): number {
  return LONG ? long : short;
}

/** mulberry32: a small seeded generator of numbers in [0, 1) for workloads. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
