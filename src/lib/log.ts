export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Static message plus fields. error: a person must act; warn: will have to, unless it passes; info: what an operator
 * wants to see once; debug: the rest. Never object bodies, never a value of a Secret.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
