import { escapeText } from '../../lib/escape.js';
import type { JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import type { RestorePlan } from '../../model/restore-plan.js';
import { typeName } from '../../model/resource-type.js';
import { planJson } from '../../restore/plan/plan-file.js';
import { differencePhrase } from '../diff/fields-renderer.js';
import { objectLabel, placedLabel } from '../diff/labels.js';
import { forMarkdown } from '../diff/output-text.js';
import type { OutputFormat } from '../context.js';
import { yamlText } from '../render/yaml-text.js';
import { isWrite } from './exit-codes.js';
import { DANGERS, dangerPhrase, groupDangers } from './plan-dangers.js';
import { planConclusion } from './plan-lines.js';
import { oneLine } from './plan-refusals.js';
import { scopeWords } from './scope.js';

/** `shop/deployments.apps/web` a line: every object that would be written. */
export function* planNameLines({ steps }: Pick<RestorePlan, 'steps'>): Iterable<string> {
  for (const step of steps) if (isWrite(step)) yield nameLine(step.id);
}

export function nameLine(id: Parameters<typeof objectLabel>[0]): string {
  return `${id.namespace === '' ? '' : `${escapeText(id.namespace)}/`}${objectLabel(id)}\n`;
}

/** For a ticket or a review: what it comes to, dangers, then a table of every step. */
export function* planMarkdown(plan: RestorePlan): Iterable<string> {
  const { commit, cluster, scope, steps, warnings, extra, uncovered } = plan;
  yield `### kubetape plan\n\n**${planConclusion(plan)}.**\n\n`;
  yield `Commit ${forMarkdown(commit.oid.slice(0, 12))} ${forMarkdown(commit.subject)}, cluster ${forMarkdown(cluster.name)}, scope ${forMarkdown(scopeWords(scope).join(' '))}\n\n`;
  for (const warning of warnings) yield `- warning: ${forMarkdown(oneLine(warning))}\n`;
  if (warnings.length > 0) yield '\n';
  yield* dangers(steps);
  if (steps.length > 0) yield '| wave | action | object | what | dry run |\n|---|---|---|---|---|\n';
  for (const step of steps) yield `| ${step.wave} | ${step.action} | ${forMarkdown(placedLabel(step.id))} | ${whatOf(step)} | ${dryRunOf(step)} |\n`;
  if (extra.length > 0) yield `\n${extra.length} live objects are not in the commit; they stay.\n`;
  if (uncovered.length > 0) yield '\n**Could not be looked at:**\n\n';
  for (const { type, namespace, reason } of uncovered) yield `- ${forMarkdown(namespace === null ? type : `${type} in ${namespace}`)}: ${forMarkdown(oneLine(reason))}\n`;
}

function* dangers(steps: RestorePlan['steps']): Iterable<string> {
  const byKind = groupDangers(steps);
  for (const [kind, title] of DANGERS) {
    const found = byKind.get(kind) ?? [];
    if (found.length === 0) continue;
    yield `**${title}:**\n\n${found.map((danger) => `- ${forMarkdown(dangerPhrase(danger))}\n`).join('')}\n`;
  }
}

function whatOf({ fields, reason, id }: RestorePlan['steps'][number]): string {
  const parts = [...(reason === null ? [] : [oneLine(reason)]), ...fields.map(differencePhrase)];
  return parts.length === 0 ? forMarkdown(typeName(id)) : parts.map(forMarkdown).join('<br>');
}

function dryRunOf({ dryRun }: RestorePlan['steps'][number]): string {
  if (dryRun === null) return '';
  if (dryRun.result === 'passed') return 'passed';
  return `${dryRun.result}: ${forMarkdown(oneLine(dryRun.result === 'refused' ? dryRun.message : dryRun.reason))}`;
}

/** A plan as a program or a review takes it. */
export function planDocument(plan: RestorePlan, output: OutputFormat): Iterable<string> {
  switch (output) {
    case 'json':
      return [planJson(plan)];
    case 'yaml':
      return [yamlText(parseJson(planJson(plan)) as JsonObject)];
    case 'md':
      return planMarkdown(plan);
    default:
      return planNameLines(plan);
  }
}
