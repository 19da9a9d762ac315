import type { Command } from 'commander';
import { addAtOption, addBranchOption, addClusterOptions, addRevealOption, addSelectionOptions } from '../options.js';
import { helpEnd, type Grammar } from './grammar.js';

/** The commands that read the repository: ls, show, log, blame, point, status. */
export function addReadCommands(program: Command, grammar: Grammar): void {
  addObjectCommands(program, grammar);
  addHistoryCommands(program, grammar);
  addPointCommands(program, grammar);

  addClusterOptions(addBranchOption(program.command('status').summary('how the mirror stands')))
    .description('Asks the daemon (--url, or --service through the API server), or reads the repository.\nExit code 3: a type is not synced, or the daemon is not ready.')
    .option('--url <url>', 'address of the daemon, what its --listen says')
    .option('--service <service>', "the daemon's Service as [NAMESPACE/]NAME[:PORT], asked through the API server")
    .addHelpText('after', helpEnd('status', 'kubetape status --repo cluster.git', 'kubetape status --url :8080 -o json', 'kubetape status --service kubetape/kubetape:8080 --context prod'))
    .action(grammar.invokes('status'));
}

function addObjectCommands(program: Command, { invokes }: Grammar): void {
  addSelectionOptions(addAtOption(addBranchOption(program.command('ls').summary('what is there, or was'))))
    .description('Lists objects of the repository, at its head or at any revision. -o wide adds kind, labels and the last change.')
    .argument('[types...]', 'TYPE or TYPE/NAME with the short names of kubectl; none: everything')
    .option('--coverage', 'which types were seen completely, which were not and why, what was skipped by which rule')
    .addHelpText('after', helpEnd('ls', 'kubetape ls -n shop', "kubetape ls deploy,svc -A --at '2 hours ago'", 'kubetape ls cm -l app=web -o wide', 'kubetape ls --coverage'))
    .action(invokes('ls'));

  addRevealOption(addSelectionOptions(addAtOption(addBranchOption(program.command('show').summary('one object, now or then')))))
    .description('Prints objects as the repository has them. Values of Secrets only with --reveal.')
    .argument('[objects...]', 'TYPE/NAME')
    .addHelpText('after', helpEnd('show', 'kubetape show deploy/web -n shop', 'kubetape show deploy/web -n shop --at HEAD~3', "kubetape show deploy/web -n shop --at '2026-11-20T14:00Z' | kubectl apply -f -"))
    .action(invokes('show'));
}

function addHistoryCommands(program: Command, { invokes }: Grammar): void {
  addRevealOption(addSelectionOptions(addAtOption(addBranchOption(program.command('log').summary('what changed, when, by whom')))))
    .description('Prints commits, newest first, with the fields that changed in each object; follows deletion and re-creation.')
    .argument('[objects...]', 'TYPE or TYPE/NAME; none: everything')
    .option('--since <when>', "not before: a time ('2 hours ago', 2026-11-20T14:00Z), or a revision")
    .option('--until <when>', 'not after')
    .option('--max-count <n>', 'at most so many commits')
    .option('--patch', 'the changes as unified text')
    .option('--stat', 'how many objects of each type')
    .option('--all', 'also commits that only rewrote files under other rules, and fields that nobody intended')
    .addHelpText('after', helpEnd('log', 'kubetape log deploy/web -n shop', "kubetape log -n shop --since '1h ago'", 'kubetape log secrets --patch --until 2026-11-20', 'kubetape log --stat --max-count 20'))
    .action(invokes('log'));

  addRevealOption(addSelectionOptions(addAtOption(addBranchOption(program.command('blame').summary('who set each field of an object, and when')))))
    .description('Prints an object with the commit that last set each field.')
    .argument('[object]', 'TYPE/NAME')
    .addHelpText('after', helpEnd('blame', 'kubetape blame deploy/web -n shop', 'kubetape blame deploy/web -n shop --at yesterday -o json'))
    .action(invokes('blame'));
}

function addPointCommands(program: Command, { invokes }: Grammar): void {
  const point = program.command('point').summary('named restore points').description('Named restore points: annotated tags, usable as a revision everywhere.');
  addAtOption(addBranchOption(point.command('create')))
    .summary('name a commit')
    .description('Names the head, or another revision.')
    .argument('<name>', 'name of the restore point')
    .option('-m, --message <text>', 'what it is for')
    .addHelpText('after', helpEnd('point', "kubetape point create before-upgrade -m 'the last good state'", "kubetape point create monday --at '2026-11-16 08:00'"))
    .action(invokes('point', 'create'));
  addBranchOption(point.command('list'))
    .summary('the named restore points')
    .description('Lists the restore points, newest first.')
    .addHelpText('after', helpEnd('point', 'kubetape point list', 'kubetape point list -o json'))
    .action(invokes('point', 'list'));
  addBranchOption(point.command('rm'))
    .summary('forget a name')
    .description('Removes the name; the commit stays.')
    .argument('<name>', 'name of the restore point')
    .addHelpText('after', helpEnd('point', 'kubetape point rm before-upgrade'))
    .action(invokes('point', 'rm'));
}
