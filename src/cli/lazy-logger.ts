import type { LogFields, Logger } from '../lib/log.js';
import type { LogLevel } from '../model/settings.js';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A logger that is made when the first message of its level comes: a command that reads seldom has one. */
export interface LazyLogger {
  readonly logger: Logger;
  /** Resolves when every message was handed on. */
  readonly flush: () => Promise<void>;
}

export function createLazyLogger(level: LogLevel, make: () => Promise<Logger>): LazyLogger {
  let real: Logger | undefined;
  let making: Promise<void> | undefined;
  const waiting: ((logger: Logger) => void)[] = [];
  const log = (own: LogLevel) => (message: string, fields?: LogFields): void => {
    if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
    if (real !== undefined) {
      real[own](message, fields);
      return;
    }
    waiting.push((logger) => { logger[own](message, fields); });
    making ??= make().then((logger) => {
      real = logger;
      for (const hand of waiting) hand(logger);
    });
  };
  return {
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    flush: async () => making,
  };
}
