import { Command, Option } from 'commander';
import type { CommandOptions } from './context.js';
import { addBranchOption, addClusterOptions, addFilterOptions, addGlobalOptions, addMirrorOptions } from './options.js';

/** A command line that was understood: what to run, with which options. */
export interface Invocation {
  /** The file in cli/commands/. */
  readonly command: 'demo' | 'export' | 'mirror' | 'status' | 'config' | 'version';
  readonly options: CommandOptions;
  readonly args: readonly string[];
}

export interface ProgramOptions {
  readonly version: string;
  /** Takes the one command that was given. */
  readonly invoke: (invocation: Invocation) => Promise<void>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** The exit codes, as --help shows them. */
const EXIT_CODES = `
Exit codes:
  0 done, nothing to do       1 the answer is no           2 usage, configuration, not found
  3 done in part              4 an object failed           5 refused before the first write
  6 stopped by a limit        7 interrupted, can resume   10 cluster unreachable or refused us
  11 repository locked, damaged, foreign                  70 internal error    130/143 by a signal`;

const EXAMPLES = `
Examples:
  $ kubetape demo                                    see it work, no cluster needed
  $ kubetape export --repo cluster.git               one complete snapshot of the current context
  $ kubetape mirror --repo cluster.git --listen :8080
  $ git -C cluster.git log --stat`;

/** The grammar of the command line. Commands are only named here: their code is loaded when they run. */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command('kubetape');
  addGlobalOptions(program)
    .description('Keeps a Kubernetes cluster on tape, in git.')
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: options.out, writeErr: options.err, outputError: () => undefined })
    .addHelpText('after', `${EXAMPLES}\n${EXIT_CODES}`)
    .exitOverride();
  addCommands(program, options);
  return program;
}

function addCommands(program: Command, options: ProgramOptions): void {
  const invokes = (command: Invocation['command'], ...args: string[]) =>
    async (_own: unknown, invoked: Command): Promise<void> => options.invoke({ command, args, options: invoked.optsWithGlobals() });

  addClusterOptions(program.command('demo').summary('see the main job, no cluster needed'))
    .description('Mirrors a stand-in cluster inside this process into a git repository, plays a day of changes and shows what git\nhas of it. With --context or --kubeconfig it reads that cluster instead, and changes nothing there.')
    .addHelpText('after', examples('kubetape demo', 'kubetape demo --repo /tmp/demo.git', 'kubetape demo --context staging'))
    .action(invokes('demo'));

  addFilterOptions(addMirrorOptions(addClusterOptions(program.command('export').summary('one complete snapshot, one commit'))))
    .description('Reads every object of the cluster once and commits what differs from the head. No change, no commit.')
    .addHelpText('after', examples('kubetape export --repo cluster.git', "kubetape export --repo shop.git -n 'shop-*' --exclude types=secrets", 'kubetape export --config kubetape.yaml --context prod'))
    .action(invokes('export'));

  addFilterOptions(addMirrorOptions(addClusterOptions(program.command('mirror').summary('the daemon: commit every change as it happens'))))
    .description('Watches every type and commits every change within the window, until it is told to end (SIGTERM, Ctrl-C).')
    .addOption(new Option('--once-synced', 'leave after the first complete sync'))
    .addHelpText('after', examples('kubetape mirror --repo cluster.git --listen :8080', 'kubetape mirror --config /etc/kubetape/kubetape.yaml --log-format json', 'kubetape mirror --repo cluster.git --once-synced'))
    .action(invokes('mirror'));

  addBranchOption(program.command('status').summary('how the mirror stands'))
    .description('Asks the daemon (--url), or reads the repository. Exit code 3: a type is not synced, or the daemon is not ready.')
    .option('--url <url>', 'address of the daemon, what its --listen says')
    .addHelpText('after', examples('kubetape status --repo cluster.git', 'kubetape status --url http://127.0.0.1:8080', 'kubetape status --url :8080 -o json'))
    .action(invokes('status'));

  const config = program.command('config').summary('check, print or describe the configuration').description('Check, print or describe the configuration.');
  const configured = (name: string): Command => addFilterOptions(addMirrorOptions(addClusterOptions(config.command(name))));
  configured('check')
    .summary('find every mistake in it')
    .description('Finds every mistake of file, environment and flags, each with its place.')
    .addHelpText('after', examples('kubetape config check --config kubetape.yaml', 'kubetape config check --config kubetape.yaml -o json'))
    .action(invokes('config', 'check'));
  configured('print')
    .summary('the settings in force')
    .description('Prints the settings in force as YAML (or -o json), each with where it comes from.')
    .addHelpText('after', examples('kubetape config print --config kubetape.yaml --window 5s'))
    .action(invokes('config', 'print'));
  config
    .command('schema')
    .summary('JSON Schema of the file')
    .description('Prints the JSON Schema of the configuration file.')
    .addHelpText('after', examples('kubetape config schema > kubetape.schema.json'))
    .action(invokes('config', 'schema'));

  program
    .command('version')
    .summary('versions of program and repository format')
    .description('Prints the versions of the program, of Node, of the repository format and of the emitter.')
    .addHelpText('after', examples('kubetape version', 'kubetape version -o json'))
    .action(invokes('version'));
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
