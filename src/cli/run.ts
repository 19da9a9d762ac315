import { CommanderError } from 'commander';
import type { Environment } from '../config/env.js';
import type { LoadedSettings } from '../config/load.js';
import type { Reload } from '../config/reload.js';
import { systemClock } from '../lib/clock.js';
import { EXIT, type ExitCode } from '../lib/exit-codes.js';
import { noProgress } from '../model/progress.js';
import type { BaseCommandModule, BaseContext, CommandContext, CommandModule, OutputFormat } from './context.js';
import { reportError, type ReportOptions } from './exit.js';
import { gatherSettings } from './gather-settings.js';
import type { Interrupts } from './interruption.js';
import { FORMATS, splitWords, type CommandName, type Invocation } from './invocation.js';
import { createLazyLogger } from './lazy-logger.js';
import { createProgram } from './program.js';
import { programVersion } from './program-version.js';
import { createTerminalLine, noActivity } from './render/progress.js';
import { createStreams, type ColourChoice, type Streams } from './streams.js';
import { UsageError } from './usage-error.js';

/** What the completion scripts call; no command for people. */
const COMPLETE = '__complete';

/** Runs one command line to its end; every failure has been said when it resolves. */
export async function run(argv: readonly string[], environment: Environment, interrupts: Interrupts): Promise<ExitCode> {
  const { line, objects } = splitWords(argv);
  const { signal } = interrupts;
  const early = { ...preparse(line), signal };
  const streams = createStreams({
    stdout: process.stdout,
    stderr: process.stderr,
    colour: early.colour,
    noColor: environment.noColor,
    dumbTerminal: environment.dumbTerminal,
  });
  if (argv[0] === COMPLETE) {
    const { answerShell } = await import('./completion/answer.js');
    streams.out(await answerShell(argv.slice(1), environment, signal));
    return EXIT.done;
  }
  const version = programVersion();
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram({
    version,
    objects,
    out: (text) => { streams.out(text); },
    err: (text) => { streams.err(text); },
    async invoke(invocation) {
      exitCode = await invoke(invocation, { streams, signal, holdInterrupts: () => interrupts.hold(), environment, version });
    },
  });
  try {
    await program.parseAsync([...line], { from: 'user' });
    return exitCode;
  } catch (error) {
    return fail(error, streams, early);
  }
}

function fail(error: unknown, streams: Streams, early: ReportOptions): ExitCode {
  if (!(error instanceof CommanderError)) {
    return reportError(error, streams, early);
  }
  // Help and version were printed; without a command the help is the message.
  if (error.exitCode === 0) {
    return EXIT.done;
  }
  if (error.code === 'commander.help') {
    return EXIT.usage;
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1').trim();
  const hint = suggestion === '' ? 'kubetape --help and kubetape COMMAND --help list commands and options' : suggestion;
  return reportError(new UsageError('USAGE', message.charAt(0).toUpperCase() + message.slice(1), { hint, cause: error }), streams, { ...early, verbose: false });
}

/** What must be known before the command line is understood, because it may not be. */
function preparse(argv: readonly string[]): { json: boolean; verbose: boolean; colour: ColourChoice } {
  const line = argv.join('\0');
  const colour = [...line.matchAll(/(?:^|\0)--color[=\0](always|never)(?=\0|$)/g)].at(-1)?.[1];
  return {
    json: /(^|\0)(-o[=\0]?|--output[=\0])json(\0|$)/.test(line),
    verbose: /(^|\0)(-v|--verbose)(\0|$)/.test(line),
    colour: (colour ?? 'auto') as ColourChoice,
  };
}

type Given = Pick<BaseContext, 'streams' | 'signal' | 'holdInterrupts' | 'environment' | 'version'>;

async function invoke(invocation: Invocation, given: Given): Promise<ExitCode> {
  const { command, options, words } = invocation;
  const context: BaseContext = {
    ...given,
    output: (options['output'] as OutputFormat | undefined) ?? FORMATS[command][0],
    clock: systemClock,
    load: (signal) => gatherSettings(options, given.environment, signal),
  };
  switch (command) {
    case 'version':
    case 'config':
    case 'completion':
      return (await BASE_COMMANDS[command]()).run(context, options, words);
    default:
      return runWithSettings(COMMANDS[command], invocation, context);
  }
}

type BaseName = 'version' | 'config' | 'completion';

/** Loaded when they run, so that --help is quick. */
const BASE_COMMANDS: Readonly<Record<BaseName, () => Promise<BaseCommandModule>>> = {
  version: () => import('./commands/version.js'),
  config: () => import('./commands/config.js'),
  completion: () => import('./commands/completion.js'),
};
const COMMANDS: Readonly<Record<Exclude<CommandName, BaseName>, () => Promise<CommandModule>>> = {
  demo: () => import('./commands/demo.js'),
  export: () => import('./commands/export.js'),
  mirror: () => import('./commands/mirror.js'),
  status: () => import('./commands/status.js'),
  ls: () => import('./commands/ls.js'),
  show: () => import('./commands/show.js'),
  log: () => import('./commands/log.js'),
  blame: () => import('./commands/blame.js'),
  diff: () => import('./commands/diff.js'),
  verify: () => import('./commands/verify.js'),
  plan: () => import('./commands/plan.js'),
  restore: () => import('./commands/restore.js'),
  revert: () => import('./commands/revert.js'),
  point: () => import('./commands/point.js'),
};

async function runWithSettings(command: () => Promise<CommandModule>, { options, words }: Invocation, base: BaseContext): Promise<ExitCode> {
  const loaded = await base.load(base.signal);
  const quiet = options['quiet'] === true;
  const silent = quiet || !base.streams.errIsTerminal;
  const line = createTerminalLine({
    write: (text) => { base.streams.err(text); },
    columns: () => base.streams.columns(),
    clock: base.clock,
  });
  const { level, format } = loaded.settings.log;
  const { logger, flush } = createLazyLogger(level, async () => {
    const { createLogger } = await import('../observe/logger.js');
    return createLogger({ level, format, write: (text) => { line.print(text); }, clock: base.clock });
  });
  const context: CommandContext = {
    ...base,
    settings: loaded.settings,
    branch: loaded.origins.get('repository.branch') === 'default' ? undefined : loaded.settings.repository.branch,
    configFile: loaded.file,
    logger,
    progress: silent ? noProgress : line.progress,
    activity: silent ? noActivity : line.activity,
    quiet,
    reloads: reloads(base, loaded),
  };
  const module = await command();
  try {
    return await module.run(context, options, words);
  } finally {
    await flush();
    context.progress.done();
  }
}

/** May be followed several times, one after the other: each goes on from the content that was handed out last. */
function reloads(base: BaseContext, { file, source }: LoadedSettings): CommandContext['reloads'] {
  let inForce = source;
  return async function* (signal): AsyncIterable<Reload> {
    if (file === undefined || inForce === undefined) {
      return;
    }
    const { watchConfig } = await import('../config/reload.js');
    for await (const reload of watchConfig({ file, source: inForce, load: base.load, clock: base.clock }, signal)) {
      inForce = 'settings' in reload ? reload.settings.source : inForce;
      yield reload;
    }
  };
}
