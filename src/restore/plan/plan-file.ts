import { readFileSync } from 'node:fs';
import { messageOf } from '../../lib/errors.js';
import { escapeLine, escapeText } from '../../lib/escape.js';
import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import { indentedJson } from '../../lib/report-text.js';
import { writeWhole } from '../../lib/write-whole.js';
import type { Difference } from '../../model/comparison.js';
import type { RestorePlan, Step } from '../../model/restore-plan.js';
import { RestoreError } from '../restore-error.js';
import { planShape, ShapeError } from './plan-shape.js';

/** What docs/schema/plan.v1.json describes. Members may be added; what is there keeps name and meaning. */
export const PLAN_SCHEMA = 'kubetape.io/plan/v1';
/** Only its owner: a plan says what is where, and what will become of it. */
const MODE = 0o600;

/** The plan as JSON, indented. */
export function planJson(plan: RestorePlan): string {
  return indentedJson({ ...(plan as unknown as JsonObject), steps: plan.steps.map(stepJson) });
}

/** Writes plan.json; the file is there as a whole, or as it was before. RestoreError PLAN_FILE. */
export function writePlan(path: string, plan: RestorePlan): void {
  try {
    writeWhole(path, planJson(plan), MODE);
  } catch (error) {
    throw new RestoreError('PLAN_FILE', `The plan could not be written to ${escapeText(path)}: ${escapeText(messageOf(error))}`, { cause: error, hint: 'Name a file in a folder that can be written with --out' });
  }
}

/** Reads plan.json. RestoreError PLAN_FILE for what is none, or another version's, with the place of the mistake. */
export function readPlan(path: string): RestorePlan {
  const document = read(path);
  assertSchema(document, path);
  try {
    planShape(document, '');
    assertDistinct(document as unknown as RestorePlan);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw broken(path, error.message, error);
  }
  const plan = document as unknown as RestorePlan;
  return { ...plan, steps: plan.steps.map((step): Step => ({ ...step, fields: step.fields.map(whole) })) };
}

function read(path: string): Json {
  let words: string;
  try {
    words = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RestoreError('PLAN_FILE', `The plan ${escapeText(path)} cannot be read: ${escapeText(messageOf(error))}`, { cause: error, hint: 'Make one with `kubetape plan … --out FILE`' });
  }
  try {
    return parseJson(words);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw broken(path, `it is no JSON: ${messageOf(error)}`, error);
  }
}

function assertSchema(document: Json, path: string): void {
  const schema = isObject(document) ? own(document, 'schema') : undefined;
  if (schema === PLAN_SCHEMA) return;
  if (typeof schema === 'string' && /^kubetape\.io\/plan\/v\d+$/.test(schema)) {
    throw new RestoreError('PLAN_FILE', `The plan ${escapeText(path)} is of another version (${escapeLine(schema, 60)}) than this kubetape knows (${PLAN_SCHEMA})`, { hint: 'Use the kubetape that made it, or make the plan anew' });
  }
  throw broken(path, 'it is none that kubetape wrote: it has no schema of a plan');
}

/** A path names its step. */
function assertDistinct({ steps }: RestorePlan): void {
  const seen = new Set<string>();
  for (const [i, { path }] of steps.entries()) {
    if (seen.has(path)) throw new ShapeError(`steps[${i}].path`, 'is that of an earlier step, too');
    seen.add(path);
  }
}

function broken(path: string, why: string, cause?: unknown): RestoreError {
  return new RestoreError('PLAN_FILE', `The plan ${escapeText(path)} cannot be used: ${why}`, { hint: 'Make it anew with `kubetape plan … --out FILE`', cause });
}

/** JSON has no undefined: an absent value has no member. */
function stepJson(step: Step): JsonObject {
  return { ...(step as unknown as JsonObject), fields: step.fields.map(({ before, after, ...rest }) => ({ ...(rest as unknown as JsonObject), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) })) };
}

function whole(field: Difference): Difference {
  return { ...field, before: field.before, after: field.after };
}
