import type { Environment } from '../config/env.js';
import type { LoadedSettings } from '../config/load.js';
import type { Reload } from '../config/reload.js';
import type { Clock } from '../lib/clock.js';
import type { ExitCode } from '../lib/exit-codes.js';
import type { Logger } from '../lib/log.js';
import type { Progress } from '../model/progress.js';
import type { Settings } from '../model/settings.js';
import type { Streams } from './streams.js';

export const OUTPUT_FORMATS = ['table', 'wide', 'yaml', 'json', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What every command gets. */
export interface BaseContext {
  readonly streams: Streams;
  /** Aborts with an Interruption on SIGINT and SIGTERM: put away what is staged, then return. */
  readonly signal: AbortSignal;
  readonly output: OutputFormat;
  /** Of this program. */
  readonly version: string;
  readonly clock: Clock;
  readonly environment: Environment;
  /** Reads file, environment and flags (again); ConfigError with every mistake. */
  readonly load: (signal: AbortSignal) => Promise<LoadedSettings>;
}

/** What a command gets that works with a cluster or a repository. */
export interface CommandContext extends BaseContext {
  readonly settings: Settings;
  /** Absolute path of the configuration file that was read. */
  readonly configFile: string | undefined;
  /** To stderr; it and the progress line do not disturb each other. */
  readonly logger: Logger;
  /** Draws on a terminal, is silent elsewhere and with -q. */
  readonly progress: Progress;
  readonly quiet: boolean;
  /** Follows the configuration file; ends at once when there is none. */
  readonly reloads: (signal: AbortSignal) => AsyncIterable<Reload>;
}

/** The options of a command line by commander's names (`onceSynced`), global ones included. */
export type CommandOptions = Readonly<Record<string, unknown>>;

/** A command's file in cli/commands/. A rejection is reported by cli/exit; an abort is the caller's own. */
export interface CommandModule {
  run(context: CommandContext, options: CommandOptions): Promise<ExitCode>;
}

/** A command that wants no settings, or loads them itself. */
export interface BaseCommandModule {
  run(context: BaseContext, options: CommandOptions, args: readonly string[]): Promise<ExitCode>;
}
