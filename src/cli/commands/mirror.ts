import { Daemon } from '../../daemon/daemon.js';
import { repositoryPath } from '../../daemon/mirror-run.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import { createMetrics } from '../../observe/metrics.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { openSettingsCluster } from '../open-cluster.js';
import { renderResult } from '../render/result.js';

/** The daemon. Ends on a signal with everything committed, or after the first complete sync (--once-synced). */
export async function run(context: CommandContext, options: CommandOptions): Promise<ExitCode> {
  const { settings, logger, progress, clock, version, signal, reloads } = context;
  const once = options['onceSynced'] === true;
  const repository = repositoryPath(settings);
  const daemon = new Daemon(settings, {
    openCluster: (now, ending) => openSettingsCluster(now, version, ending),
    metrics: createMetrics(), log: logger, progress, clock, version, reloads, random: Math.random,
  });
  const result = await daemon.run(once ? 'once-synced' : 'follow', signal);
  if (once) renderResult(context, repository, result);
  return EXIT.done;
}
