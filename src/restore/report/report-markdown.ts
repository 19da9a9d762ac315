import { fieldPhrase } from '../../diff/describe.js';
import { formatDuration } from '../../lib/duration.js';
import { escapeLine, escapeText } from '../../lib/escape.js';
import { markdownTable, markdownText } from '../../lib/report-text.js';
import { typeName } from '../../model/resource-type.js';
import type { ResultKind, StepResult } from '../../model/restore-run.js';
import { causesOf, type Cause } from './causes.js';
import { dangersOfRun, headlineOf, isSecret, type Headline, type RestoreOutcome } from './outcome.js';

/** Objects of a table, of a cause and fields of one object that are named; the JSON has all of them. */
const MOST_ROWS = 200;
const MOST_OF_A_CAUSE = 20;
const MOST_FIELDS = 10;

const HEADLINES: Readonly<Record<Headline, string>> = {
  restored: 'Restored: the cluster is what the commit says',
  'nothing to do': 'Nothing to do: the cluster is what the commit says',
  'in part': 'Restored in part',
  'with failures': 'Restored with failures',
  interrupted: 'Interrupted: the run can go on',
};

const MEANINGS: Readonly<Record<ResultKind, string>> = {
  done: 'written, and live as the commit says',
  unchanged: 'was as the commit says already',
  left: 'is there, and was left as it is',
  skipped: 'not written: class, filter or option',
  diverged: 'written, but live differs',
  reverted: 'was as the commit says, and was changed back',
  pending: 'what it waits for did not come',
  failed: 'the server refused it',
  incompatible: 'its type is served in no version',
  stale: 'would have taken more than was planned',
  interrupted: 'not begun',
};

/** Tables in this order; troubles stand under their causes before. */
const TABLES: readonly ResultKind[] = ['done', 'skipped', 'left', 'unchanged'];

/** The report for people; names and messages cannot form markup. */
export function restoreReportMarkdown(outcome: RestoreOutcome): string {
  const { report, plan } = outcome;
  const { commit, cluster } = plan;
  const duration = formatDuration(Math.max(0, Date.parse(report.endedAt) - Date.parse(report.startedAt)));
  const facts: [string, string][] = [
    ['Run', report.run],
    ['Commit', `${commit.oid} (${escapeLine(commit.subject, 100)}), ${commit.committedAt}`],
    ['Repository', plan.repository],
    ['Cluster', `${cluster.name}, ${cluster.server} (${cluster.identity})`],
    ['When', `${report.startedAt}, in ${duration}`],
    ['State before', report.saved === null ? 'not saved: nothing was written' : `${report.saved}: \`kubetape restore ${report.saved.replace('refs/kubetape/', '')}\` brings it back, but for what was created`],
    ['Exit code', String(outcome.exitCode)],
  ];
  const counted = (Object.keys(MEANINGS) as ResultKind[]).filter((kind) => report.counts[kind] > 0);
  const rows = [...counted.map((kind) => [kind, String(report.counts[kind]), MEANINGS[kind]]), ...(plan.unchanged === 0 ? [] : [['equal from the start', String(plan.unchanged), 'no request was made for them']])];
  const sections = [
    `# ${HEADLINES[headlineOf(outcome)]}`,
    facts.map(([label, value]) => `- **${label}:** ${markdownText(value)}`).join('\n'),
    ...(rows.length === 0 ? [] : [markdownTable(['Result', 'Objects', 'Meaning'], rows)]),
    ...dangerSection(outcome),
    ...causesOf(report.results).map(causeSection),
    ...TABLES.flatMap((kind) => tableSection(kind, report.results)),
    ...listSection('Live objects that the commit does not have: they stay', report.extra),
    ...listSection('Types that could not be looked at', plan.uncovered.map(({ type, namespace, reason }) => `${type}${namespace === null ? '' : ` in ${namespace}`}: ${escapeLine(reason, 300)}`)),
    ...listSection('Warnings', report.warnings),
  ];
  return `${sections.join('\n\n')}\n`;
}

function dangerSection(outcome: RestoreOutcome): string[] {
  return listSection('Dangers that came true', dangersOfRun(outcome).filter(({ cameTrue }) => cameTrue).map(({ words, evidence }) => `${words} (${evidence})`));
}

function causeSection({ result, words, hint, results }: Cause): string {
  const shown = results.slice(0, MOST_OF_A_CAUSE).flatMap(objectLines);
  const more = results.length > MOST_OF_A_CAUSE ? [`- and ${results.length - MOST_OF_A_CAUSE} more`] : [];
  return [`## ${results.length} ${result}`, ...(words === '' ? [] : [markdownText(escapeWords(words))]), ...(hint === null ? [] : [`**What to do:** ${markdownText(hint)}`]), [...shown, ...more].join('\n')].join('\n\n');
}

function objectLines(result: StepResult): string[] {
  const { fields, message, status } = result;
  const about = [...(status === null ? [] : [`HTTP ${status}`]), ...(message === null ? [] : [escapeWords(message)])].join(', ');
  const named = fields.slice(0, MOST_FIELDS).map((field) => `  - ${markdownText(fieldPhrase(field, isSecret(result)) + managersOf(field.managers))}`);
  return [`- ${markdownText(nameOf(result))}${about === '' ? '' : ` (${markdownText(about)})`}`, ...named, ...(fields.length > MOST_FIELDS ? [`  - and ${fields.length - MOST_FIELDS} more fields`] : [])];
}

function managersOf(managers: readonly string[] | undefined): string {
  return managers === undefined || managers.length === 0 ? '' : ` [${managers.map((manager) => escapeLine(manager, 60)).join(', ')}]`;
}

function tableSection(kind: ResultKind, results: readonly StepResult[]): string[] {
  const found = results.filter(({ result }) => result === kind);
  if (found.length === 0) return [];
  const rows = found.slice(0, MOST_ROWS).map((each) => [nameOf(each), each.action, each.verbs.join(' '), each.wave, [...(each.message === null ? [] : [escapeWords(each.message)]), ...each.warnings.map((warning) => `warning: ${escapeLine(warning, 200)}`)].join('; ')]);
  const more = found.length > MOST_ROWS ? [`and ${found.length - MOST_ROWS} more`] : [];
  return [[`## ${found.length} ${kind}`, markdownTable(['Object', 'Action', 'Verbs', 'Wave', 'Words'], rows), ...more].join('\n\n')];
}

function listSection(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > MOST_ROWS ? [`- and ${lines.length - MOST_ROWS} more`] : [];
  return [`## ${title}\n\n${[...lines.slice(0, MOST_ROWS).map((line) => `- ${markdownText(line)}`), ...more].join('\n')}`];
}

function nameOf({ id }: StepResult): string {
  return `${id.namespace === '' ? '' : `${escapeText(id.namespace)}: `}${escapeText(typeName(id))}/${escapeText(id.name)}`;
}

/** On one line, and not for ever: a message is escaped already. */
function escapeWords(words: string): string {
  return words.length > 600 ? `${words.slice(0, 600)}…` : words;
}
