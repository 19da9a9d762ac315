import type { JsonObject } from '../../lib/json.js';
import { boundedValue, indentedJson } from '../../lib/report-text.js';
import type { Difference } from '../../model/comparison.js';
import type { StepResult } from '../../model/restore-run.js';
import { causesOf } from './causes.js';
import { dangersOfRun, headlineOf, isSecret, type RestoreOutcome } from './outcome.js';

/** The report as JSON of docs/schema/restore-report.v1.json, indented; whatever a name holds, it ends no line and moves no cursor. */
export function restoreReportJson(outcome: RestoreOutcome): string {
  const { report, plan, exitCode } = outcome;
  const { commit, cluster, scope, options } = plan;
  const document: JsonObject = {
    schema: report.schema,
    result: headlineOf(outcome),
    exitCode,
    run: report.run,
    startedAt: report.startedAt,
    endedAt: report.endedAt,
    durationMs: Math.max(0, Date.parse(report.endedAt) - Date.parse(report.startedAt)),
    phases: { ...report.phases },
    kubetape: plan.kubetape,
    repository: plan.repository,
    commit: { ...commit },
    cluster: { ...cluster },
    scope: { ...scope, namespaces: [...scope.namespaces], objects: [...scope.objects], exclude: [...scope.exclude] },
    options: { ...options },
    saved: report.saved,
    interrupted: report.interrupted,
    counts: { ...report.counts },
    unchanged: plan.unchanged,
    dangers: dangersOfRun(outcome).map(({ kind, words, evidence, path, cameTrue }) => ({ kind, words, evidence, path, cameTrue })),
    causes: causesOf(report.results).map(({ result, words, hint, results }) => ({ result, words, hint, paths: results.map(({ path }) => path) })),
    results: report.results.map(resultJson),
    extra: [...report.extra],
    uncovered: plan.uncovered.map((each) => ({ ...each })),
    warnings: [...report.warnings],
  };
  return indentedJson(document);
}

function resultJson(result: StepResult): JsonObject {
  const { id, kind, path, wave, action, verbs, attempts, milliseconds, status, message, warnings, fields } = result;
  return {
    result: result.result, action, group: id.group, resource: id.resource, kind, namespace: id.namespace, name: id.name, path, wave,
    verbs: [...verbs], attempts, milliseconds: Math.round(milliseconds), status, message, warnings: [...warnings],
    fields: fields.map((field) => fieldJson(field, isSecret(result))),
  };
}

/** An absent value has no member; one of a Secret neither. */
function fieldJson({ path, before, after, class: kind, because, managers }: Difference, secret: boolean): JsonObject {
  return {
    path,
    class: kind,
    ...(before === undefined || secret ? {} : { before: boundedValue(before) }),
    ...(after === undefined || secret ? {} : { after: boundedValue(after) }),
    ...(because === undefined ? {} : { because }),
    ...(managers === undefined ? {} : { managers: [...managers] }),
  };
}
