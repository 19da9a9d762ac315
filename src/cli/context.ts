import type { Environment } from '../config/env.js';
import type { LoadedSettings } from '../config/load.js';
import type { Reload } from '../config/reload.js';
import type { Clock } from '../lib/clock.js';
import type { ExitCode } from '../lib/exit-codes.js';
import type { Logger } from '../lib/log.js';
import type { Progress } from '../model/progress.js';
import type { Settings } from '../model/settings.js';
import type { Words } from './invocation.js';
import type { Activity } from './render/progress.js';
import type { Streams } from './streams.js';

/** Forms of output; invocation.ts says which command has which. */
export type OutputFormat = 'table' | 'wide' | 'yaml' | 'json' | 'name' | 'text' | 'fields' | 'json-patch' | 'side-by-side' | 'summary' | 'junit' | 'md';

/** What every command gets. */
export interface BaseContext {
  readonly streams: Streams;
  /** Aborts with an Interruption on SIGINT and SIGTERM: put away what is staged, then return. */
  readonly signal: AbortSignal;
  /** While it is not disposed, Ctrl-C is not ours: a pager has the terminal. */
  readonly holdInterrupts: () => Disposable;
  /** One of the command's own forms. */
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
  /** The branch that somebody named; undefined: a reader takes what the repository's HEAD names. */
  readonly branch: string | undefined;
  /** Absolute path of the configuration file that was read. */
  readonly configFile: string | undefined;
  /** To stderr; it and the progress line do not disturb each other. */
  readonly logger: Logger;
  /** Draws on a terminal, is silent elsewhere and with -q. */
  readonly progress: Progress;
  /** One line of words where progress is no synchronisation; silent where `progress` is. */
  readonly activity: Activity;
  readonly quiet: boolean;
  /** Follows the configuration file; ends at once when there is none. */
  readonly reloads: (signal: AbortSignal) => AsyncIterable<Reload>;
}

/** The options of a command line by commander's names (`onceSynced`), global ones included. */
export type CommandOptions = Readonly<Record<string, unknown>>;

/** A command's file in cli/commands/. A rejection is reported by cli/exit; an abort is the caller's own. */
export interface CommandModule {
  run(context: CommandContext, options: CommandOptions, words: Words): Promise<ExitCode>;
}

/** A command that wants no settings, or loads them itself. */
export interface BaseCommandModule {
  run(context: BaseContext, options: CommandOptions, words: Words): Promise<ExitCode>;
}
