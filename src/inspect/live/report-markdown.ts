import { fieldPhrase } from '../../diff/describe.js';
import { formatDuration } from '../../lib/duration.js';
import { escapeLine, escapeText } from '../../lib/escape.js';
import { markdownTable, markdownText } from '../../lib/report-text.js';
import { VERDICTS, type Verdict } from '../../model/comparison.js';
import { typeName } from '../../model/resource-type.js';
import { verificationResult, type Verification, type VerificationResult, type VerifiedObject } from './verification.js';

/** Objects of one verdict, and fields of one object, that are named; the JSON has all of them. */
const MOST_OBJECTS = 500;
const MOST_FIELDS = 20;

const HEADLINES: Readonly<Record<VerificationResult, string>> = {
  equal: 'The cluster is what the commit says',
  differences: 'The cluster is not what the commit says',
  incomplete: 'Nothing differs, but not everything could be compared',
};

/** Gravest first; equal objects are counted only. */
const NAMED: readonly Verdict[] = ['differs', 'missing', 'extra', 'not covered', 'held', 'terminating', 'skipped'];

const MEANINGS: Readonly<Record<Verdict, string>> = {
  equal: 'byte by byte as in the commit',
  differs: 'live is not as in the commit',
  missing: 'in the commit, not live',
  extra: 'live, not in the commit',
  terminating: 'being deleted: the file is frozen',
  held: 'could not be compared',
  skipped: 'left out by a rule or filter',
  'not covered': 'not listed completely, now or at the commit',
};

/** The verification for people; names cannot form markup. */
export function verificationMarkdown(verification: Verification): string {
  const { commit, cluster, repository, counts } = verification;
  const facts: [string, string][] = [
    ['Commit', `${commit.oid} (${escapeLine(commit.subject, 100)}), ${commit.committedAt}`],
    ['Repository', `${repository.location}, branch ${repository.branch}`],
    ['Cluster', `${cluster.name}, ${cluster.serverVersion} (${cluster.identity})`],
    ['Compared', `${verification.selection}, under rules ${verification.rules}`],
    ['When', `${verification.startedAt}, in ${formatDuration(verification.durationMs)}; ${verification.lookedAgain} objects were looked at a second time`],
  ];
  const sections = [
    `# ${HEADLINES[verificationResult(verification)]}`,
    facts.map(([label, value]) => `- **${label}:** ${markdownText(value)}`).join('\n'),
    markdownTable(['Verdict', 'Objects', 'Meaning'], VERDICTS.map((verdict) => [verdict, String(counts[verdict]), MEANINGS[verdict]])),
    ...uncoveredSection(verification),
    ...NAMED.flatMap((verdict) => verdictSection(verdict, verification.findings)),
    ...skippedSection(verification),
  ];
  return `${sections.join('\n\n')}\n`;
}

function uncoveredSection({ uncovered }: Verification): string[] {
  if (uncovered.length === 0) return [];
  const rows = uncovered.map(({ type, namespace, reason, objects }) => [type, namespace ?? 'everywhere', String(objects), escapeLine(reason, 300)]);
  return ['## Types that could not be compared', markdownTable(['Type', 'Namespace', 'Objects of the commit', 'Why'], rows)];
}

function skippedSection({ skippedBy }: Verification): string[] {
  if (skippedBy.length === 0) return [];
  return ['## Left out by rule', markdownTable(['Rule', 'Live objects'], skippedBy.map(({ rule, objects }) => [rule, String(objects)]))];
}

function verdictSection(verdict: Verdict, findings: readonly VerifiedObject[]): string[] {
  const found = findings.filter((each) => each.verdict === verdict);
  if (found.length === 0) return [];
  const more = found.length > MOST_OBJECTS ? [`- and ${found.length - MOST_OBJECTS} more`] : [];
  return [`## ${found.length} ${verdict}`, [...found.slice(0, MOST_OBJECTS).flatMap(objectLines), ...more].join('\n')];
}

function objectLines(object: VerifiedObject): string[] {
  const { id, fields, reason } = object;
  const where = id.namespace === '' ? '' : `${escapeText(id.namespace)}: `;
  const line = `- ${markdownText(`${where}${escapeText(typeName(id))}/${escapeText(id.name)}`)}${reason === null ? '' : ` (${markdownText(escapeLine(reason, 300))})`}`;
  const secret = id.resource === 'secrets' && id.group === '';
  const named = fields.slice(0, MOST_FIELDS).map((field) => `  - ${markdownText(`${fieldPhrase(field, secret)}${field.class === 'intent' ? '' : ` [${field.class}]`}`)}`);
  return [line, ...named, ...(fields.length > MOST_FIELDS ? [`  - and ${fields.length - MOST_FIELDS} more fields`] : [])];
}
