import { Option, type Command } from 'commander';
import { addBranchOption, addClusterOptions, addDigestKeyOption, addSelectionOptions } from '../options.js';
import { helpEnd, type Grammar } from './grammar.js';

const REVISION = 'a commit, tag, branch, HEAD~3, a time (\'2 hours ago\', 2026-11-20T14:00Z), rv:12345 or pre-restore/RUN';
const OBJECTS = 'TYPE or TYPE/NAME, also behind --';

const IDENTITY = `
Scope: objects, or namespaces with -n (globs), or everything with -A; one of them is needed.
Identity: the kubeconfig flags choose who restores. It may, and should, be another identity than that
of the mirror, which needs no right to write. Rights are checked before the first write.`;

const CODES_OF_PLAN = `
Exit code: 0 nothing to do, 1 something would be written, 3 something is blocked, cannot be put back
or could not be looked at, 4 something is incompatible, or refused by the server already.`;
const CODES_OF_RUN = `
Exit code: 0 everything is as the commit says, 3 something is pending or still differs, 4 something
was refused, 5 nothing was written (not confirmed, rights missing, another cluster), 7 interrupted:
--resume goes on (130 after Ctrl-C).`;
const LATER = `
Not yet: deleting what the commit does not have, mapping namespaces, classes or images, undo, hooks,
quiescing of GitOps tools.`;

/** The commands that put back: plan, restore, revert. */
export function addRestoreCommands(program: Command, { invokes }: Grammar): void {
  addRunOptions(planned(program.command('plan').summary('what a restore would do; nothing is written')), 'plan')
    .description('Compares a commit with live, tries every write by a dry run and shows what a restore would do, dangers first.')
    .argument('[revision]', REVISION)
    .argument('[objects...]', OBJECTS)
    .option('--out <file>', 'write the plan there; kubetape restore --plan carries it out')
    .addHelpText('after', IDENTITY + CODES_OF_PLAN + LATER + helpEnd('plan', "kubetape plan '2 hours ago' -n shop", 'kubetape plan HEAD~1 deploy/web svc/web -n shop', 'kubetape plan before-upgrade -A --exclude namespaces=dev-* --out plan.json', 'kubetape plan HEAD -n shop --only-missing -o json'))
    .action(invokes('plan'));

  addRunOptions(planned(program.command('restore').summary('put a commit back: planned, confirmed, verified')), 'restore')
    .description('Shows the plan, asks, saves what is live, writes wave by wave, verifies and reports. What the commit does not have stays: nothing is\npruned. Namespaces, definitions, claims and volumes are never deleted, other objects only with --on-immutable recreate.')
    .argument('[revision]', REVISION)
    .argument('[objects...]', OBJECTS)
    .option('--plan <file>', 'carry out this plan; what changed since is planned again, never more dangerously')
    .option('--resume <run>', "go on with an interrupted run, or with the last one ('last')")
    .addHelpText('after', IDENTITY + CODES_OF_RUN + LATER + helpEnd('restore', "kubetape restore '2 hours ago' svc/web -n shop", 'kubetape restore before-upgrade -n shop --yes --report ./proof', 'kubetape restore HEAD -A --only-missing', 'kubetape restore --plan plan.json', 'kubetape restore --resume last', 'kubetape restore pre-restore/20261121T080000Z-4f3a -n shop'))
    .action(invokes('restore'));

  addRunOptions(planned(program.command('revert').summary('take one change back, three-way')), 'revert')
    .description('Puts back what A..B changed and nobody changed since; what was changed since is a conflict: listed, not touched.')
    .argument('[range]', 'A..B: what was changed after A and up to B; one commit C is C~1..C')
    .argument('[objects...]', OBJECTS)
    .addHelpText('after', IDENTITY + CODES_OF_RUN + `\nConflicts: exit code 3.` + LATER + helpEnd('revert', 'kubetape revert HEAD~1..HEAD -n shop', "kubetape revert '2 hours ago..1 hour ago' deploy/web -n shop", 'kubetape revert v1..v2 -A --yes'))
    .action(invokes('revert'));
}

/** What every command here takes: cluster, repository, scope. */
function planned(command: Command): Command {
  return addDigestKeyOption(addSelectionOptions(addClusterOptions(addBranchOption(command)), 'everything, in every namespace and outside of them'));
}

/** How it is put back; what belongs to a run only is not offered by `plan`. */
function addRunOptions(command: Command, of: 'plan' | 'restore' | 'revert'): Command {
  if (of !== 'revert') {
    command
      .option('--only-missing', 'undelete: create what is absent, never touch what exists')
      .addOption(new Option('--on-existing <what>', 'what exists and differs: update (default), skip or fail').choices(['update', 'skip', 'fail']));
  }
  command
    .addOption(new Option('--on-immutable <what>', 'fields that cannot be changed: keep them live (default), skip the object, or recreate it').choices(['keep', 'skip', 'recreate']))
    .addOption(new Option('--strategy <how>', 'exact (default): live becomes what the commit says; merge: server-side apply, fields of others stay').choices(['exact', 'merge']))
    .option('--to-other-cluster', 'although the commit is of another cluster')
    .option('--concurrency <n>', of === 'plan' ? 'dry runs at the same time (16)' : 'writes at the same time (32); fewer while the server is busy');
  if (of === 'plan') return command;
  return command
    .option('-y, --yes', 'do not ask')
    .option('--wait <duration>', 'how long to wait for a definition to be served, a namespace to be active, a backend to be ready (60s)')
    .option('--settle <duration>', 'between the last write and the proof, so that somebody who takes changes back is seen (5s)')
    .option('--report <folder>', 'write report.json, report.md and junit.xml there');
}
