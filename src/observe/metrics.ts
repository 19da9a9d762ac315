import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RELIST_REASONS, type Metrics } from '../model/metrics.js';

/** Metrics that can be read by Prometheus. */
export interface ExposedMetrics extends Metrics {
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Every metric of the program, in a registry of its own. */
export function createMetrics(): ExposedMetrics {
  const registry = new Registry();
  const unlabelled = { registers: [registry] };
  const byType = { labelNames: ['type'], ...unlabelled };
  const objects = new Gauge({ name: 'kubetape_objects', help: 'Objects of a type in the cluster, by the last list and the events since', ...byType });
  const events = new Counter({ name: 'kubetape_events_total', help: 'Watch events', labelNames: ['type', 'change'], ...unlabelled });
  const relists = new Counter({ name: 'kubetape_relists_total', help: 'Types listed again', labelNames: ['type', 'reason'], ...unlabelled });
  const gone = new Counter({ name: 'kubetape_gone_total', help: 'Answers 410 Gone', ...byType });
  const held = new Counter({ name: 'kubetape_sweeps_held_total', help: 'Sweeps that waited for a second complete list', ...byType });
  const lag = new Histogram({
    name: 'kubetape_event_to_commit_seconds',
    help: 'From the arrival of an event to its durable commit',
    buckets: [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.05, 1.25, 1.5, 2, 5, 10, 30, 60, 300],
    ...unlabelled,
  });
  const duration = new Histogram({
    name: 'kubetape_commit_duration_seconds',
    help: 'Writing one commit durably',
    buckets: [0.001, 0.002, 0.004, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    ...unlabelled,
  });
  const commits = new Counter({ name: 'kubetape_commits_total', help: 'Commits', ...unlabelled });
  const changes = new Counter({ name: 'kubetape_changed_paths_total', help: 'Paths changed by commits', ...unlabelled });
  const lastCommit = new Gauge({ name: 'kubetape_last_commit_timestamp_seconds', help: 'Time of the last commit', ...unlabelled });
  const head = new Gauge({
    name: 'kubetape_head',
    help: 'The first 12 hexadecimal digits of the last commit id, as a number: a label would make one series a commit',
    ...unlabelled,
  });
  const errors = new Counter({ name: 'kubetape_errors_total', help: 'Errors', labelNames: ['code'], ...unlabelled });
  const unsynced = new Gauge({ name: 'kubetape_unsynced_types', help: 'Types without a complete list', ...unlabelled });
  const wentBack = new Counter({ name: 'kubetape_store_went_back_total', help: 'Times that the store was older than what we hold', ...unlabelled });
  const verifications = verificationMetrics(registry);
  addProcessMetrics(registry);

  return {
    verified: verifications,
    observed(type, change, count = 1) {
      events.inc({ type, change }, count);
      if (change !== 'MODIFIED') {
        objects.inc({ type }, change === 'ADDED' ? count : -count);
      }
    },
    listed(type, count) {
      objects.set({ type }, count);
    },
    relisted(type, reason) {
      relists.inc({ type, reason });
    },
    gone410(type) {
      gone.inc({ type });
    },
    typeGone(type) {
      objects.remove({ type });
      gone.remove({ type });
      held.remove({ type });
      for (const change of ['ADDED', 'MODIFIED', 'DELETED']) {
        events.remove({ type, change });
      }
      for (const reason of RELIST_REASONS) {
        relists.remove({ type, reason });
      }
    },
    committed(measure) {
      commits.inc();
      changes.inc(measure.changes);
      duration.observe(measure.durationMs / 1000);
      for (const ms of measure.lagsMs) {
        lag.observe(ms / 1000);
      }
      lastCommit.set(measure.at / 1000);
      head.set(Number.parseInt(measure.oid.slice(0, 12), 16));
    },
    failed(code) {
      errors.inc({ code });
    },
    unsynced(count) {
      unsynced.set(count);
    },
    storeWentBack() {
      wentBack.inc();
    },
    sweepHeld(type) {
      held.inc({ type });
    },
    async exposition() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** What `time() - kubetape_verification_last_success_timestamp_seconds` and `{verdict="differs"} > 0` alert on. */
function verificationMetrics(registry: Registry): Metrics['verified'] {
  const unlabelled = { registers: [registry] };
  const success = new Gauge({
    name: 'kubetape_verification_last_success_timestamp_seconds',
    help: 'Time of the last verification that found the repository equal to the cluster',
    ...unlabelled,
  });
  const objects = new Gauge({ name: 'kubetape_verification_objects', help: 'Objects by verdict of the last verification', labelNames: ['verdict'], ...unlabelled });
  const duration = new Gauge({ name: 'kubetape_verification_duration_seconds', help: 'How long the last verification took', ...unlabelled });
  const total = new Counter({ name: 'kubetape_verifications_total', help: 'Verifications', labelNames: ['result'], ...unlabelled });
  return ({ result, at, durationMs, counts }) => {
    total.inc({ result });
    if (result === 'failed') return;
    duration.set(durationMs / 1000);
    for (const [verdict, count] of Object.entries(counts)) objects.set({ verdict }, count);
    if (result === 'equal') success.set(at / 1000);
  };
}

/** Memory and processor time under the usual names; read when asked, so nothing runs beside. */
function addProcessMetrics(registry: Registry): void {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
}
