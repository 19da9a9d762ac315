import type { Streams } from '../../../src/cli/streams.js';

/** Streams that keep what was written; no terminal. */
export function fakeStreams(): Streams & { stdout(): string; stderr(): string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => { out.push(text); },
    outSlowly: (text) => { out.push(text); return undefined; },
    outClosed: new AbortController().signal,
    outSize: () => undefined,
    err: (text) => { err.push(text); },
    outIsTerminal: false,
    errIsTerminal: false,
    columns: () => undefined,
    paint: (_style, text) => text,
    paintErr: (_style, text) => text,
    stdout: () => out.join(''),
    stderr: () => err.join(''),
  };
}
