import type { Command } from 'commander';
import { addBranchOption, addClusterOptions, addDigestKeyOption, addRevealOption, addSelectionOptions, collect } from '../options.js';
import { helpEnd, type Grammar } from './grammar.js';

/** The commands that compare: diff, verify. */
export function addCompareCommands(program: Command, { invokes }: Grammar): void {
  addDigestKeyOption(addRevealOption(addSelectionOptions(addClusterOptions(addBranchOption(program.command('diff').summary('what differs between live, commits and manifests'))))))
    .description(
      'Without a revision: from the head to live; with one: from that commit to live; with two: from one to the other;\n' +
      'with -f: from live (or the commit) to manifests. Shows what somebody intended and says how much else differs.\nExit code 1: there are differences; 3: not all of it could be compared.',
    )
    .argument('[revisions...]', 'at most two, or A..B; objects come behind --')
    .option('-f, --filename <path>', 'manifests: a file, a folder, or - for stdin; may be repeated', collect)
    .option('--exact', 'with -f: compare every field, not only those that the manifests name')
    .option('--all', 'also what nobody intended: defaults, allocated and injected values')
    .option('--watch', 'keep a view of the drift open: compare again and again, show what changes')
    .option('--interval <duration>', 'with --watch: the time between two comparisons (5s)')
    .option('--since <when>', "live against the commit of that time, such as '1h ago'")
    .option('--to-other-cluster', 'compare although the commit is of another cluster')
    .option('-U, --context-lines <n>', 'lines around a change (3)')
    .addHelpText('after', helpEnd('diff', 'kubetape diff', 'kubetape diff HEAD~10 HEAD -n shop', "kubetape diff --since '1h ago' -o fields", 'kubetape diff -- deploy/web svc/web', 'helm template shop ./chart | kubetape diff -n shop -f -', 'kubetape diff before-upgrade -o md > report.md'))
    .action(invokes('diff'));

  addDigestKeyOption(addSelectionOptions(addClusterOptions(addBranchOption(program.command('verify').summary('proof that live equals a commit')))))
    .description('Lists every type afresh and compares object by object. Exit code 1: something differs; 3: not all of it could be compared.')
    .argument('[revision]', 'the head when absent; objects come behind --')
    .option('--report <folder>', 'write verification.json, verification.md and junit.xml there')
    .option('--to-other-cluster', 'compare although the commit is of another cluster')
    .option('--patience <duration>', 'how long to wait for the mirror to catch up with what changes meanwhile')
    .addHelpText('after', helpEnd('verify', 'kubetape verify', 'kubetape verify --report ./proof', "kubetape verify '2026-11-20T14:00Z' -n shop -- deploy"))
    .action(invokes('verify'));
}
