import type { Clock } from '../lib/clock.js';
import type { LogFields, Logger } from '../lib/log.js';
import type { CommitMeasure, Metrics } from '../model/metrics.js';
import type { StatusLag, StatusProblem } from '../model/status-report.js';

/** What /status remembers of the past: passes everything on to the metrics and the log, and keeps the last of it. */
export class Tally {
  readonly metrics: Metrics;
  readonly log: Logger;
  #lag: StatusLag | null = null;
  #lastError: StatusProblem | null = null;

  constructor(metrics: Metrics, log: Logger, clock: Clock) {
    this.metrics = Object.assign(Object.create(metrics) as Metrics, {
      committed: (measure: CommitMeasure) => {
        this.#committed(measure);
        metrics.committed(measure);
      },
    });
    const note = (message: string, fields?: LogFields): void => {
      const code = fields?.['code'];
      this.#lastError = { code: typeof code === 'string' ? code : 'ERROR', message: describe(message, fields), at: new Date(clock.now()).toISOString() };
    };
    this.log = Object.assign(Object.create(log) as Logger, {
      warn: (message: string, fields?: LogFields) => {
        note(message, fields);
        log.warn(message, fields);
      },
      error: (message: string, fields?: LogFields) => {
        note(message, fields);
        log.error(message, fields);
      },
    });
  }

  /** From event to commit; null before the first commit of a change. */
  get lag(): StatusLag | null {
    return this.#lag;
  }

  get lastError(): StatusProblem | null {
    return this.#lastError;
  }

  #committed({ lagsMs }: CommitMeasure): void {
    if (lagsMs.length === 0) return;
    const last = lagsMs.reduce((a, b) => Math.max(a, b), 0) / 1_000;
    this.#lag = { lastSeconds: last, maxSeconds: Math.max(last, this.#lag?.maxSeconds ?? 0) };
  }
}

function describe(message: string, fields?: LogFields): string {
  const reason = fields?.['reason'];
  return typeof reason === 'string' ? `${message}: ${reason}` : message;
}
