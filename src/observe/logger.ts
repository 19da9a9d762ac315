import { Writable } from 'node:stream';
import { createLogger as createWinston, format, transports } from 'winston';
import type { Clock } from '../lib/clock.js';
import type { LogFields, Logger } from '../lib/log.js';
import type { LogLevel } from '../model/settings.js';
import { jsonLine, textLine, type LogEntry } from './log-format.js';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Takes whole lines, newline included. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
}

/** A Logger on winston; nothing of winston shows. */
export function createLogger(options: LoggerOptions): Logger {
  const line = options.format === 'json' ? jsonLine : textLine;
  const sink = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      options.write(chunk);
      done();
    },
  });
  const winston = createWinston({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: options.level,
    format: format.printf((info) => line(info['entry'] as LogEntry)),
    transports: [new transports.Stream({ stream: sink, eol: '\n' })],
  });
  const log = (level: LogLevel) => (message: string, fields: LogFields = {}): void => {
    if (winston.isLevelEnabled(level)) {
      // One opaque entry: winston itself would merge a field named message or level into its own.
      winston.log({ level, message, entry: { level, message, fields, time: new Date(options.clock.now()).toISOString() } satisfies LogEntry });
    }
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
