import { Daemon } from '../../daemon/daemon.js';
import { repositoryPath } from '../../daemon/mirror-run.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import { createMetrics } from '../../observe/metrics.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { openSettingsCluster } from '../open-cluster.js';
import { renderResult } from '../render/result.js';

/**
 * The daemon. Ends on a signal with everything committed, or (--once-synced) after the first complete sync: at the
 * latest a minute after all else was listed, with 3 where a type is still refused or down.
 */
export async function run(context: CommandContext, options: CommandOptions): Promise<ExitCode> {
  const { settings, logger, progress, clock, version, signal, reloads } = context;
  const once = options['onceSynced'] === true;
  const repository = repositoryPath(settings);
  const daemon = new Daemon(settings, {
    openCluster: (now, ending) => openSettingsCluster(now, version, ending),
    metrics: createMetrics(), log: logger, progress, clock, version, reloads, random: Math.random,
  });
  const result = await daemon.run(once ? 'once-synced' : 'follow', signal);
  if (!once) return EXIT.done;
  renderResult(context, repository, result);
  return result.uncovered.length > 0 ? EXIT.part : EXIT.done;
}
