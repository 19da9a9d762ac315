#!/usr/bin/env node
// The process: signals in, exit code out. Nothing else touches either.
import { readEnvironment } from './config/env.js';
import { Interruption, type Interrupts } from './cli/interruption.js';
import { run } from './cli/run.js';
import { EXIT } from './lib/exit-codes.js';
import { escapeText } from './lib/escape.js';

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
type EndSignal = keyof typeof NUMBERS;

/**
 * The first SIGINT or SIGTERM aborts the returned signal, and the command puts its work away; a second one, of either
 * kind, leaves at once.
 */
function endSignals(): Interrupts & { reraise(): void } {
  const root = new AbortController();
  let received: EndSignal | undefined;
  let held = 0;
  const handlers = (Object.keys(NUMBERS) as EndSignal[]).map((name) => {
    const handler = (): void => {
      if (held > 0 && name === 'SIGINT') {
        return;
      }
      if (received === undefined) {
        received = name;
        root.abort(new Interruption(name));
      } else {
        raise(name);
        process.exit(128 + NUMBERS[name]);
      }
    };
    process.on(name, handler);
    return { name, handler };
  });
  // Default handling is back before the signal is sent: the parent sees a process that ended by it.
  const raise = (name: EndSignal): void => {
    process.exitCode = 128 + NUMBERS[name];
    for (const { name: other, handler } of handlers) {
      process.off(other, handler);
    }
    process.kill(process.pid, name);
  };
  return {
    signal: root.signal,
    hold() {
      held += 1;
      return { [Symbol.dispose]: () => { held -= 1; } };
    },
    reraise() {
      if (received !== undefined) {
        raise(received);
      }
    },
  };
}

/** A fault of ours, not an answer: exit code 70, where Node's own 1 would read as "no". */
function crash(error: unknown): void {
  process.stderr.write(`error: Internal error: ${escapeText(error instanceof Error ? error.message : String(error))}\n`);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? '').split('\n').slice(1).join('\n') : ''}\n`);
  process.exit(EXIT.internal);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
const ending = endSignals();
const exitCode = await run(process.argv.slice(2), readEnvironment(), ending);
process.exitCode = exitCode;
// A failure on the way out is an answer of its own; what ended in order ends by the signal.
if (exitCode === EXIT.done || exitCode === EXIT.interrupted) {
  ending.reraise();
}
