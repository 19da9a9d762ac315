import { fieldPhrase } from '../../diff/describe.js';
import { xmlText } from '../../lib/report-text.js';
import { typeName } from '../../model/resource-type.js';
import type { ResultKind, StepResult } from '../../model/restore-run.js';
import { isSecret, type RestoreOutcome } from './outcome.js';

const MOST_FIELDS = 50;

type Verdict = 'passed' | 'failure' | 'error' | 'skipped';

/** failure: it did not become what the commit says. error: it was not tried, or not to its end. */
const VERDICTS: Readonly<Record<ResultKind, Verdict>> = {
  done: 'passed', unchanged: 'passed', left: 'skipped', skipped: 'skipped',
  failed: 'failure', incompatible: 'failure', diverged: 'failure', reverted: 'failure',
  pending: 'error', stale: 'error', interrupted: 'error',
};

/** The report as JUnit XML: a test case an object, and one for the objects that were equal from the start. */
export function restoreReportJUnit({ report, plan }: RestoreOutcome): string {
  const equal = plan.unchanged === 0 ? [] : [`    <testcase classname="unchanged" name="${plan.unchanged} objects were equal"/>`];
  const count = (verdict: Verdict): number => report.results.filter(({ result }) => VERDICTS[result] === verdict).length;
  const seconds = Math.max(0, Date.parse(report.endedAt) - Date.parse(report.startedAt)) / 1000;
  const attributes = `tests="${report.results.length + equal.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubetape restore" ${attributes}>`,
    `  <testsuite name="${xmlText(`${report.run}: ${plan.commit.oid} onto ${plan.cluster.name}`)}" ${attributes} timestamp="${xmlText(report.startedAt)}">`,
    ...equal,
    ...report.results.map(caseXml),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseXml(result: StepResult): string {
  const { id, milliseconds, fields, message, path, verbs } = result;
  const name = id.namespace === '' ? id.name : `${id.namespace}/${id.name}`;
  const open = `    <testcase classname="${xmlText(typeName(id))}" name="${xmlText(name)}" time="${Math.round(milliseconds) / 1000}"`;
  const verdict = VERDICTS[result.result];
  const words = xmlText(message === null ? result.result : `${result.result}: ${message}`);
  if (verdict === 'passed') return `${open}/>`;
  if (verdict === 'skipped') return `${open}><skipped message="${words}"/></testcase>`;
  const more = fields.length > MOST_FIELDS ? [`and ${fields.length - MOST_FIELDS} more fields`] : [];
  const lines = [path, ...(verbs.length === 0 ? [] : [verbs.join(' ')]), ...fields.slice(0, MOST_FIELDS).map((field) => fieldPhrase(field, isSecret(result))), ...more];
  return `${open}><${verdict} message="${words}">${lines.map(xmlText).join('\n')}</${verdict}></testcase>`;
}
