import { formatDuration } from '../../lib/duration.js';
import { escapeText } from '../../lib/escape.js';
import type { StatusReport, StatusVerification } from '../../model/status-report.js';
import type { Style } from '../streams.js';
import { renderTable } from './table.js';

export interface StatusRendering {
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
  /** Every unsynced type, not only the first ones. */
  readonly wide: boolean;
  readonly paint: (style: Style, text: string) => string;
}

const FEW = 10;

/** A status for people. */
export function renderStatus(report: StatusReport, rendering: StatusRendering): string {
  const lines = facts(report, rendering.now).map(([label, value]) => `${rendering.paint('bold', `${label}:`.padEnd(12))} ${escapeText(value)}\n`);
  const shown = rendering.wide ? report.unsynced : report.unsynced.slice(0, FEW);
  if (shown.length > 0) {
    lines.push('\n', renderTable(['NOT SYNCED', 'SINCE', 'REASON'], shown.map((type) => [type.type, age(type.since, rendering.now), type.reason])));
  }
  if (shown.length < report.unsynced.length) {
    lines.push(`and ${report.unsynced.length - shown.length} more (-o wide)\n`);
  }
  const { churning = [] } = report;
  if (churning.length > 0) {
    lines.push('\n', renderTable(['CHANGES OFTEN', 'CHANGES'], churning.map(({ object, changes, commits }) => [object, `${changes} in the last ${commits} commits`])));
  }
  return lines.join('');
}

function facts(report: StatusReport, now: number): [string, string][] {
  const { cluster, head, types, lag, lastError, verification, points } = report;
  const rows: [string, string][] = [
    ['Mirror', report.source === 'daemon' ? `${report.phase}, started ${age(report.startedAt, now)} ago, version ${report.version}` : 'not asked (--url or --service asks the daemon); this is the repository'],
  ];
  if (cluster !== null) {
    rows.push(['Cluster', [cluster.name, cluster.serverVersion, `(${cluster.identity})`].filter((part) => part !== null && part !== '').join(' ')]);
  }
  rows.push(['Repository', `${report.repository.location}, branch ${report.repository.branch}`]);
  rows.push(['Head', head === null ? 'nothing is committed yet' : `${head.oid.slice(0, 12)} ${head.subject}, ${age(head.committedAt, now)} ago`]);
  if (head?.coverage) {
    rows.push(['Coverage', head.coverage]);
  }
  rows.push(['Objects', `${types.objects} of ${types.total} types`]);
  if (report.source === 'daemon') {
    rows.push(['Types', `${types.synced} of ${types.total} synced, ${types.polled} polled`]);
    rows.push(['Staged', `${report.staged} changes wait for their commit`]);
    rows.push(['Lag', lag === null ? 'nothing was committed since the start' : `${lag.lastSeconds} s from event to commit, at most ${lag.maxSeconds} s`]);
  }
  if (verification !== undefined) {
    const { result, oid, at } = verification;
    rows.push(['Verified', `${age(at, now)} ago against ${oid.slice(0, 12)}: ${result}${countsOf(verification)}`]);
  }
  if (points !== undefined && points.length > 0) {
    rows.push(['Points', `${points.slice(0, FEW).map(({ name }) => name).join(', ')}${points.length > FEW ? `, and ${points.length - FEW} more` : ''}`]);
  }
  if (lastError !== null) {
    rows.push(['Last error', `${age(lastError.at, now)} ago: ${lastError.message} (${lastError.code})`]);
  }
  return rows;
}

function countsOf({ counts }: StatusVerification): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function age(time: string | null, now: number): string {
  const at = time === null ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? '?' : formatDuration(Math.max(0, Math.floor((now - at) / 1000)) * 1000 || 0);
}
