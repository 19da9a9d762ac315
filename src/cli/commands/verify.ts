import { verificationJson, verificationJUnit, verificationMarkdown, writeReport } from '../../inspect/live/verification-report.js';
import { verificationExitCode, type Verification } from '../../inspect/live/verification.js';
import { escapeText } from '../../lib/escape.js';
import type { ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { paged } from '../pager.js';
import { yamlText } from '../render/yaml-text.js';
import { nameLines, verificationLines } from '../verify/render-verification.js';
import { runVerification } from '../verify/run-verification.js';

/** `verify`: proof that live equals a commit. 0 equal, 1 something differs, 3 not all could be compared. */
export async function run(context: CommandContext, options: CommandOptions, words: Words): Promise<ExitCode> {
  const verification = await runVerification(context, options, words);
  context.progress.done();
  const report = options['report'];
  // First the proof, then the telling: a closed pager must not cost it.
  if (typeof report === 'string') writeReport(report, verification);
  await paged(context, options, async (write) => {
    for (const text of rendered(verification, context)) await write(text);
    return verificationExitCode(verification);
  });
  if (typeof report === 'string' && !context.quiet) context.streams.err(`The report is in ${escapeText(report)}\n`);
  return verificationExitCode(verification);
}

function rendered(verification: Verification, { output, streams }: CommandContext): Iterable<string> {
  switch (output) {
    case 'json':
      return [verificationJson(verification)];
    case 'yaml':
      return [yamlText(parseJson(verificationJson(verification)) as JsonObject)];
    case 'md':
      return [verificationMarkdown(verification)];
    case 'junit':
      return [verificationJUnit(verification)];
    case 'name':
      return nameLines(verification);
    default:
      return verificationLines(verification, { wide: output === 'wide', paint: (style, text) => streams.paint(style, text) });
  }
}
