import { Option, type Command } from 'commander';
import { addClusterOptions, addFilterOptions, addMirrorOptions } from '../options.js';
import { examples, type Grammar } from './grammar.js';

/** The commands that read a cluster and write the repository: demo, export, mirror. */
export function addMirrorCommands(program: Command, { invokes }: Grammar): void {
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
}
