import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, messageOf } from '../../lib/errors.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT } from '../../lib/exit-codes.js';
import { writeWhole } from '../../lib/write-whole.js';
import { verificationJson } from './report-json.js';
import { verificationJUnit } from './report-junit.js';
import { verificationMarkdown } from './report-markdown.js';
import type { Verification } from './verification.js';

export { verificationJson, verificationJUnit, verificationMarkdown };

/** The report could not be written. */
export class ReportError extends AppError<'REPORT'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
}

/** The names that a report's files have, and what makes them. */
const FILES: readonly (readonly [string, (verification: Verification) => string])[] = [
  ['verification.json', verificationJson],
  ['verification.md', verificationMarkdown],
  ['junit.xml', verificationJUnit],
];

/**
 * verification.json, verification.md and junit.xml into a folder, which is made when absent. Each file is there as a whole
 * or as it was before. ReportError.
 */
export function writeReport(folder: string, verification: Verification): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of FILES) writeWhole(join(folder, name), text(verification));
  } catch (error) {
    throw new ReportError('REPORT', `Could not write the report to ${escapeText(folder)}: ${escapeText(messageOf(error))}`, {
      cause: error, hint: 'Name a folder that can be written with --report',
    });
  }
}
