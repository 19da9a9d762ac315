import type { Command } from 'commander';
import { addClusterOptions, addFilterOptions, addMirrorOptions } from '../options.js';
import { examples, type Grammar } from './grammar.js';

/** The commands about the program itself: config, completion, version. */
export function addProgramCommands(program: Command, { invokes }: Grammar): void {
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
    .command('completion')
    .summary('completion for bash, zsh or fish')
    .description('Prints the script that lets a shell complete commands, flags, types, names, namespaces and revisions.')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', examples('source <(kubetape completion bash)                                  # in ~/.bashrc', 'source <(kubetape completion zsh)                                   # in ~/.zshrc, after compinit', 'kubetape completion fish > ~/.config/fish/completions/kubetape.fish'))
    .action(invokes('completion'));

  program
    .command('version')
    .summary('versions of program and repository format')
    .description('Prints the versions of the program, of Node, of the repository format and of the emitter.')
    .addHelpText('after', examples('kubetape version', 'kubetape version -o json'))
    .action(invokes('version'));
}
