import { createRenderer, isForPrograms } from '../diff/create-renderer.js';
import { diffRequest } from '../diff/diff-request.js';
import { openDiff } from '../diff/open-diff.js';
import { printDiff, type DiffOutcome } from '../diff/print-diff.js';
import { watchDrift } from '../diff/watch-drift.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { paged } from '../pager.js';

const CHUNK = 16_384;

/** `diff`: live, commits and manifests against each other; docs/diff.md. 0 equal, 1 differences, 3 not all was compared. */
export async function run(context: CommandContext, options: CommandOptions, words: Words): Promise<ExitCode> {
  const request = diffRequest(options, words.args, context.output);
  await using diff = await openDiff(context, options, words, request);
  if (request.watchMs !== null) return await watchDrift(context, diff, request, request.watchMs);
  const renderer = createRenderer(context.output, rendererOptions(context, request.contextLines));
  let outcome: DiffOutcome | undefined;
  const exitCode = await paged(context, options, async (write, signal) => {
    outcome = await printDiff(diff.source(signal), () => diff.compared(), renderer, { all: request.all, chunk: onTerminal(context) ? 0 : CHUNK }, write);
    if (onTerminal(context)) await write(remarkLines(outcome, (line) => context.streams.paint('dim', line)));
    return outcome.exitCode;
  });
  // In a pipe stdout has the differences alone.
  if (outcome !== undefined && !onTerminal(context)) context.streams.err(remarkLines(outcome, (line) => line));
  return outcome === undefined ? EXIT.done : exitCode;

  function remarkLines({ remarks }: DiffOutcome, paint: (line: string) => string): string {
    return context.quiet ? '' : remarks.map((line) => `${paint(line)}\n`).join('');
  }
}

function onTerminal({ streams, output }: CommandContext): boolean {
  return streams.outIsTerminal && !isForPrograms(output);
}

function rendererOptions({ streams }: CommandContext, contextLines: number): Parameters<typeof createRenderer>[1] {
  return { paint: (style, text) => streams.paint(style, text), columns: streams.outSize()?.columns, terminal: streams.outIsTerminal, contextLines };
}
