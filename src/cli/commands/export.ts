import { MirrorRun } from '../../daemon/mirror-run.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import { noMetrics } from '../../model/metrics.js';
import type { CommandContext } from '../context.js';
import { openSettingsCluster } from '../open-cluster.js';
import { renderResult } from '../render/result.js';

/** One complete snapshot, one commit. 3: a type is not seen completely; nothing of it was removed. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, logger, progress, clock, version, signal } = context;
  const reader = await openSettingsCluster(settings, version, signal);
  try {
    const mirror = await MirrorRun.open(settings, 'export', { reader, clock, version, progress, log: logger, metrics: noMetrics, random: Math.random }, signal);
    const result = await mirror.run(signal);
    renderResult(context, mirror.tape.location, result);
    return result.uncovered.length > 0 ? EXIT.part : EXIT.done;
  } finally {
    await reader.close();
  }
}
