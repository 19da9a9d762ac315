import type { Uncovered } from '../../inspect/live/live-comparison.js';
import { verificationResult, type Verification, type VerifiedObject } from '../../inspect/live/verification.js';
import { escapeLine, escapeText } from '../../lib/escape.js';
import { VERDICTS, type Verdict } from '../../model/comparison.js';
import { typeName } from '../../model/resource-type.js';
import { differencePhrase } from '../diff/fields-renderer.js';
import { counted, objectLabel } from '../diff/labels.js';
import { tableLines } from '../render/table.js';
import type { Style } from '../streams.js';

export interface VerificationRendering {
  /** Counts by namespace too, and every finding. */
  readonly wide: boolean;
  readonly paint: (style: Style, text: string) => string;
}

/** Findings without -o wide. */
const MOST_FINDINGS = 50;
const MOST_TYPES = 10;

/** A verification for people: counts, what is not equal and why, and what it comes to in a sentence. */
export function* verificationLines(verification: Verification, rendering: VerificationRendering): Iterable<string> {
  yield* countLines(verification, rendering.wide);
  yield* findingLines(verification.findings, rendering.wide);
  yield `${rendering.paint(COLOURS[verificationResult(verification)], conclusion(verification))}\n`;
}

const COLOURS: Readonly<Record<ReturnType<typeof verificationResult>, Style>> = { equal: 'green', differences: 'red', incomplete: 'yellow' };

/** `shop/deployments.apps/web` a line: every object that is not proven equal. */
export function* nameLines({ findings }: Verification): Iterable<string> {
  for (const { id } of findings) yield `${id.namespace === '' ? '' : `${escapeText(id.namespace)}/`}${objectLabel(id)}\n`;
}

function* countLines({ scopes }: Verification, wide: boolean): Iterable<string> {
  const rows = new Map<string, { readonly names: readonly string[]; readonly counts: Record<Verdict, number> }>();
  for (const { type, namespace, counts } of scopes) {
    const key = JSON.stringify(wide ? [type, namespace] : [type]);
    const row = rows.get(key) ?? { names: wide ? [type, namespace === '' ? '-' : namespace] : [type], counts: zeros() };
    rows.set(key, row);
    for (const verdict of VERDICTS) row.counts[verdict] += counts[verdict];
  }
  if (rows.size === 0) return;
  const columns = shownVerdicts([...rows.values()].map(({ counts }) => counts));
  yield* tableLines(
    ['TYPE', ...(wide ? ['NAMESPACE'] : []), ...columns.map((verdict) => verdict.toUpperCase())],
    [...rows.values()].map(({ names, counts }) => [...names, ...columns.map((verdict) => String(counts[verdict]))]),
  );
  yield '\n';
}

/** The four that matter always, the others where there are any. */
function shownVerdicts(rows: readonly Record<Verdict, number>[]): Verdict[] {
  const always: readonly Verdict[] = ['equal', 'differs', 'missing', 'extra'];
  return VERDICTS.filter((verdict) => always.includes(verdict) || rows.some((counts) => counts[verdict] > 0));
}

function zeros(): Record<Verdict, number> {
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
}

function* findingLines(findings: readonly VerifiedObject[], wide: boolean): Iterable<string> {
  if (findings.length === 0) return;
  // What says no comes first, so that the limit does not hide it.
  const sorted = [...findings].sort((a, b) => GRAVITY.indexOf(a.verdict) - GRAVITY.indexOf(b.verdict));
  const shown = wide ? sorted : sorted.slice(0, MOST_FINDINGS);
  yield* tableLines(['VERDICT', 'NAMESPACE', 'OBJECT', 'WHY'], shown.map((finding) => [
    finding.verdict, finding.id.namespace === '' ? '-' : finding.id.namespace, `${typeName(finding.id)}/${finding.id.name}`, why(finding, wide),
  ]));
  if (shown.length < findings.length) yield `and ${findings.length - shown.length} more (-o wide shows all)\n`;
  yield '\n';
}

const GRAVITY: readonly Verdict[] = ['differs', 'missing', 'extra', 'not covered', 'held', 'terminating', 'skipped', 'equal'];
const FEW_FIELDS = 3;

function why({ reason, fields }: VerifiedObject, wide: boolean): string {
  const phrases = (wide ? fields : fields.slice(0, FEW_FIELDS)).map(differencePhrase);
  const more = phrases.length < fields.length ? [`and ${fields.length - phrases.length} more`] : [];
  return [...(reason === null ? [] : [reason]), ...phrases, ...more].join('; ');
}

/** `1,234 of 1,240 objects of 57 types are equal to commit 0123456789ab (2026-11-20T14:00:00Z); 3 types could not be looked at: …`. */
export function conclusion(verification: Verification): string {
  const { counts, scopes, commit, uncovered } = verification;
  const compared = VERDICTS.filter((verdict) => verdict !== 'skipped').reduce((sum, verdict) => sum + counts[verdict], 0);
  const types = new Set(scopes.map(({ type }) => type)).size;
  const equal = `${counts.equal.toLocaleString('en-US')} of ${counted(compared, 'object')} of ${counted(types, 'type')} ${compared === 1 ? 'is' : 'are'} equal to commit ${commit.oid.slice(0, 12)} (${escapeText(commit.committedAt)})`;
  const others = (['differs', 'missing', 'extra', 'held', 'not covered', 'terminating'] as const).filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${WORDS[verdict]}`);
  return [equal, ...(others.length === 0 ? [] : [others.join(', ')]), ...blindSpots(uncovered)].join('; ');
}

const WORDS = {
  differs: 'differ', missing: 'missing from the cluster', extra: 'not in the commit', held: 'could not be compared',
  'not covered': 'not looked at', terminating: 'being deleted',
} as const satisfies Partial<Record<Verdict, string>>;

function blindSpots(uncovered: readonly Uncovered[]): string[] {
  if (uncovered.length === 0) return [];
  const named = uncovered.slice(0, MOST_TYPES).map(({ type, namespace, reason }) => `${escapeText(type)}${namespace === undefined ? '' : ` in ${escapeText(namespace)}`} (${escapeLine(reason, 120)})`);
  const more = uncovered.length > MOST_TYPES ? [`and ${uncovered.length - MOST_TYPES} more`] : [];
  const types = new Set(uncovered.map(({ type }) => type)).size;
  return [`${counted(types, 'type')} could not be looked at: ${[...named, ...more].join(', ')}`];
}
