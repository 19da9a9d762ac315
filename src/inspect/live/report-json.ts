import { NumberToken, type Json, type JsonObject } from '../../lib/json.js';
import { stringifyJson } from '../../lib/parse-json.js';
import type { Difference } from '../../model/comparison.js';
import { verificationExitCode, verificationResult, type Verification, type VerifiedObject } from './verification.js';

/** What docs/schema/verification.v1.json describes. Members may be added; what is there keeps name and meaning. */
export const VERIFICATION_SCHEMA = 'kubetape.io/verification/v1';

/** A text of more characters is only said to be there. */
const LONGEST_VALUE = 4096;

/** The verification as JSON, indented; a string in it ends no line and moves no cursor, whatever a name holds. */
export function verificationJson(verification: Verification): string {
  const { counts, scopes, skippedBy, uncovered, findings } = verification;
  const document: JsonObject = {
    schema: VERIFICATION_SCHEMA,
    result: verificationResult(verification),
    exitCode: verificationExitCode(verification),
    startedAt: verification.startedAt,
    endedAt: verification.endedAt,
    durationMs: verification.durationMs,
    repository: { ...verification.repository },
    commit: { ...verification.commit },
    cluster: { ...verification.cluster },
    rules: verification.rules,
    selection: verification.selection,
    lookedAgain: verification.lookedAgain,
    counts: { ...counts },
    scopes: scopes.map(({ type, namespace, counts: each }) => ({ type, namespace, counts: { ...each } })),
    skippedBy: skippedBy.map((each) => ({ ...each })),
    uncovered: uncovered.map(({ type, namespace, reason, objects }) => ({ type, namespace: namespace ?? null, reason, objects })),
    findings: findings.map(findingJson),
  };
  return `${indented(document, '')}\n`.replace(UNPRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As lib/escape.ts; JSON.stringify has escaped what is below U+0020. Of a tag character the first half is enough. */
const UNPRINTABLE = /[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40(?=[\udc00-\udc7f])/g;

function findingJson({ verdict, id, kind, path, reason, fields }: VerifiedObject): JsonObject {
  return { verdict, group: id.group, resource: id.resource, kind, namespace: id.namespace, name: id.name, path, reason, fields: fields.map(fieldJson) };
}

/** An absent value has no member. */
function fieldJson({ path, before, after, class: kind, because, managers }: Difference): JsonObject {
  return {
    path,
    class: kind,
    ...(before === undefined ? {} : { before: bounded(before) }),
    ...(after === undefined ? {} : { after: bounded(after) }),
    ...(because === undefined ? {} : { because }),
    ...(managers === undefined ? {} : { managers: [...managers] }),
  };
}

function bounded(value: Json): Json {
  const length = typeof value === 'string' ? value.length : typeof value === 'object' ? stringifyJson(value).length : 0;
  return length > LONGEST_VALUE ? `(${length} characters)` : value;
}

function indented(value: Json, indent: string): string {
  if (typeof value !== 'object' || value === null || value instanceof NumberToken) return stringifyJson(value);
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item) => indented(item, inner))
    : Object.keys(value).map((key) => `${JSON.stringify(key)}: ${indented(value[key] ?? null, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return members.length === 0 ? `${open}${close}` : `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}
