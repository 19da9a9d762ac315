import { Command } from 'commander';
import { addCompareCommands } from './grammar/compare-commands.js';
import { createGrammar } from './grammar/grammar.js';
import { addMirrorCommands } from './grammar/mirror-commands.js';
import { addProgramCommands } from './grammar/program-commands.js';
import { addReadCommands } from './grammar/read-commands.js';
import { addRestoreCommands } from './grammar/restore-commands.js';
import type { Invocation } from './invocation.js';
import { addGlobalOptions } from './options.js';

export interface ProgramOptions {
  readonly version: string;
  /** What stands behind `--`: commander does not get to see it. */
  readonly objects: readonly string[];
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
  $ kubetape log -n shop --since '1h ago'            what changed, field by field
  $ kubetape diff --repo cluster.git                 what is not as it was committed last
  $ kubetape plan '1 hour ago' -n shop               what a restore would do; nothing is written
  $ kubetape restore '1 hour ago' -n shop            put it back, and prove it`;

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
  const grammar = createGrammar(options.objects, options.invoke);
  addMirrorCommands(program, grammar);
  addReadCommands(program, grammar);
  addCompareCommands(program, grammar);
  addRestoreCommands(program, grammar);
  addProgramCommands(program, grammar);
  return program;
}
