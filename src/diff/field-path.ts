import { escapeLine } from '../lib/escape.js';

/** `.image`, `["app.kubernetes.io/name"]`: what a key adds to a path for people; hostile keys are escaped and cut. */
export function keyStep(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? `.${key}` : `[${quoted(key, 80)}]`;
}

/** `[web]` for an item with an identity of its own, `[3]` for one by position; an identity that could be taken for something else is quoted. */
export function itemStep(label: string | number): string {
  if (typeof label === 'number') return `[${label}]`;
  const plain = label !== '' && !/[[\]"\s]|^\d+$/.test(label);
  return `[${plain ? escapeLine(label, 60) : quoted(label, 60)}]`;
}

/** Steps from the root as one text. */
export function joinSteps(steps: readonly string[]): string {
  const path = steps.join('');
  return path.startsWith('.') ? path.slice(1) : path;
}

function quoted(text: string, maxChars: number): string {
  return `"${escapeLine(text, maxChars).replaceAll('"', '\\"')}"`;
}
