import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReportError } from '../../inspect/live/verification-report.js';
import { messageOf } from '../../lib/errors.js';
import { escapeText } from '../../lib/escape.js';
import { writeWhole } from '../../lib/write-whole.js';
import type { RestoreOutcome } from './outcome.js';
import { restoreReportJson } from './report-json.js';
import { restoreReportJUnit } from './report-junit.js';
import { restoreReportMarkdown } from './report-markdown.js';

/** The names that a report's files have, and what makes them. */
const FILES: readonly (readonly [string, (outcome: RestoreOutcome) => string])[] = [
  ['report.json', restoreReportJson],
  ['report.md', restoreReportMarkdown],
  ['junit.xml', restoreReportJUnit],
];

/**
 * report.json, report.md and junit.xml into a folder, which is made when absent. Each file is there as a whole or as it was before.
 * No value of a Secret is in them. ReportError.
 */
export function writeRestoreReport(folder: string, outcome: RestoreOutcome): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of FILES) writeWhole(join(folder, name), text(outcome));
  } catch (error) {
    throw new ReportError('REPORT', `Could not write the report to ${escapeText(folder)}: ${escapeText(messageOf(error))}`, {
      cause: error, hint: 'Name a folder that can be written with --report',
    });
  }
}
