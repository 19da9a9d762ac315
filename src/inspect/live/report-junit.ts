import { fieldPhrase } from '../../diff/describe.js';
import { xmlText } from '../../lib/report-text.js';
import type { Verdict } from '../../model/comparison.js';
import { typeName } from '../../model/resource-type.js';
import type { Uncovered } from './live-comparison.js';
import type { ScopeCounts } from './live-tally.js';
import type { Verification, VerifiedObject } from './verification.js';

const MOST_FIELDS = 50;

interface Case {
  readonly className: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly lines: readonly string[];
}

const OUTCOMES: Readonly<Record<Verdict, Case['outcome']>> = {
  equal: 'passed', differs: 'failure', missing: 'failure', extra: 'failure', terminating: 'skipped', skipped: 'skipped', held: 'error', 'not covered': 'error',
};

/**
 * The verification as JUnit XML: a test case a type and namespace (what is equal in it passed), one an object that is not
 * equal, one a type that could not be compared.
 */
export function verificationJUnit(verification: Verification): string {
  const cases = [
    ...verification.scopes.filter(({ counts }) => counts.equal > 0).map(scopeCase),
    ...verification.findings.map(objectCase),
    ...verification.uncovered.map(uncoveredCase),
  ];
  const count = (outcome: Case['outcome']): number => cases.filter((each) => each.outcome === outcome).length;
  const attributes = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${verification.durationMs / 1000}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubetape verify" ${attributes}>`,
    `  <testsuite name="${xmlText(`${verification.cluster.name} at ${verification.commit.oid}`)}" ${attributes} timestamp="${verification.startedAt}">`,
    ...cases.map(caseXml),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function scopeCase({ type, namespace, counts }: ScopeCounts): Case {
  return { className: type, name: `${namespace === '' ? 'cluster-scoped' : namespace}: ${counts.equal} objects equal`, outcome: 'passed', message: '', lines: [] };
}

function objectCase({ verdict, id, path, reason, fields }: VerifiedObject): Case {
  const secret = id.resource === 'secrets' && id.group === '';
  const lines = [path, ...fields.slice(0, MOST_FIELDS).map((field) => fieldPhrase(field, secret)), ...(fields.length > MOST_FIELDS ? [`and ${fields.length - MOST_FIELDS} more fields`] : [])];
  const name = id.namespace === '' ? id.name : `${id.namespace}/${id.name}`;
  return { className: typeName(id), name, outcome: OUTCOMES[verdict], message: reason === null ? verdict : `${verdict}: ${reason}`, lines };
}

function uncoveredCase({ type, namespace, reason, objects }: Uncovered): Case {
  const lines = [`${objects} objects of the commit were not compared`];
  return { className: type, name: `${namespace ?? 'everywhere'}: not covered`, outcome: 'error', message: reason, lines };
}

function caseXml({ className, name, outcome, message, lines }: Case): string {
  const open = `    <testcase classname="${xmlText(className)}" name="${xmlText(name)}"`;
  if (outcome === 'passed') return `${open}/>`;
  if (outcome === 'skipped') return `${open}><skipped message="${xmlText(message)}"/></testcase>`;
  return `${open}><${outcome} message="${xmlText(message)}">${lines.map(xmlText).join('\n')}</${outcome}></testcase>`;
}
