import { parseDuration } from '../lib/duration.js';

/** Milliseconds of `verify.every`: a duration, or 0 for `off` (which some YAML readers give as false); null for anything else. */
export function parseEvery(text: string): number | null {
  return text === 'off' || text === 'false' ? 0 : parseDuration(text);
}
