import type { JsonObject } from '../../lib/json.js';
import { boundedValue, indentedJson } from '../../lib/report-text.js';
import type { Difference } from '../../model/comparison.js';
import { verificationExitCode, verificationResult, type Verification, type VerifiedObject } from './verification.js';

/** What docs/schema/verification.v1.json describes. Members may be added; what is there keeps name and meaning. */
export const VERIFICATION_SCHEMA = 'kubetape.io/verification/v1';

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
  return indentedJson(document);
}

function findingJson({ verdict, id, kind, path, reason, fields }: VerifiedObject): JsonObject {
  return { verdict, group: id.group, resource: id.resource, kind, namespace: id.namespace, name: id.name, path, reason, fields: fields.map(fieldJson) };
}

/** An absent value has no member. */
function fieldJson({ path, before, after, class: kind, because, managers }: Difference): JsonObject {
  return {
    path,
    class: kind,
    ...(before === undefined ? {} : { before: boundedValue(before) }),
    ...(after === undefined ? {} : { after: boundedValue(after) }),
    ...(because === undefined ? {} : { because }),
    ...(managers === undefined ? {} : { managers: [...managers] }),
  };
}
