import { EXIT, gravest, type ExitCode } from '../../lib/exit-codes.js';
import { escapeText } from '../../lib/escape.js';
import type { Write } from '../pager.js';
import type { Compared } from './compared-side.js';
import type { DiffSource } from './diff-source.js';
import { counted } from './labels.js';
import type { DiffRenderer } from './renderer.js';
import { isHidden, shownOf } from './shown.js';
import { Totals, type Gap } from './totals.js';

export interface DiffOutcome {
  readonly exitCode: ExitCode;
  readonly totals: Totals;
  /** What a person should know besides: whole lines, escaped. */
  readonly remarks: readonly string[];
}

export interface PrintOptions {
  /** Noise too. */
  readonly all: boolean;
  /** Characters that are worth a write: a person wants to see what is there, a program is served better by less of them. */
  readonly chunk: number;
}

/** Writes a whole comparison in one form. */
export async function printDiff(source: DiffSource, compared: () => Compared, renderer: DiffRenderer, options: PrintOptions, output: Write): Promise<DiffOutcome> {
  const totals = new Totals();
  let held = '';
  const write = async (text: string): Promise<void> => {
    held += text;
    if (held.length > options.chunk) await flush();
  };
  const flush = async (): Promise<void> => {
    const text = held;
    held = '';
    if (text !== '') await output(text);
  };
  // Written late: a comparison that cannot begin leaves no half document.
  let begun = false;
  const begin = async (): Promise<void> => {
    if (!begun) await write(renderer.begin(compared()));
    begun = true;
  };
  for await (const difference of source.differences) {
    const shown = shownOf(difference, options.all);
    totals.add(shown);
    if (isHidden(shown)) continue;
    await begin();
    await write(renderer.object(shown));
  }
  const gaps = source.gaps();
  await begin();
  await write(renderer.end({ compared: compared(), totals, gaps }));
  await flush();
  const exitCode = gravest([totals.shown > 0 ? EXIT.no : EXIT.done, gaps.length > 0 ? EXIT.part : EXIT.done]);
  return { exitCode, totals, remarks: [...hiddenRemark(totals), ...source.notes().map((note) => `Note: ${note}`), ...gapRemarks(gaps)] };
}

function hiddenRemark(totals: Totals): string[] {
  if (totals.hiddenFields === 0) return [];
  const objects = totals.sum('noise');
  const only = objects === 0 ? '' : `; ${counted(objects, 'object')} differ in nothing else`;
  return [`Not shown: ${counted(totals.hiddenFields, 'field')} that nobody set (default, allocated or injected)${only} (--all shows them)`];
}

/** Gaps that are named; the forms for programs have all. */
const FEW = 20;

function gapRemarks(gaps: readonly Gap[]): string[] {
  const lines = gaps.slice(0, FEW).map(({ verdict, what, reason }) => `Not compared: ${what}: ${reason === null ? verdict : escapeText(reason)}`);
  return gaps.length > FEW ? [...lines, `Not compared: ${gaps.length - FEW} more (-o json has all)`] : lines;
}
