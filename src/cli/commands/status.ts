import { toYaml } from '../../config/print.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { StatusReport } from '../../model/status-report.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { renderStatus } from '../render/status.js';
import { daemonStatus } from '../status/daemon-status.js';
import { repositoryStatus, type OpenStatusTape } from '../status/repository-status.js';
import { openTape } from '../open-tape.js';
import { UsageError } from '../usage-error.js';

/** `status`: asks the daemon, or reads the repository. Exit code 3: not ready, or a type is not synced. */
export async function run(context: CommandContext, options: CommandOptions, open: OpenStatusTape = openTape): Promise<ExitCode> {
  const report = await reportOf(context, options['url'], open);
  context.streams.out(render(report, context));
  const complete = report.unsynced.length === 0 && (report.ready || report.source === 'repository');
  return complete ? EXIT.done : EXIT.part;
}

async function reportOf(context: CommandContext, url: unknown, open: OpenStatusTape): Promise<StatusReport> {
  if (typeof url === 'string') {
    return daemonStatus(url, context.signal);
  }
  const { path } = context.settings.repository;
  if (path === undefined) {
    throw new UsageError('USAGE', 'There is nothing to ask', { hint: 'Give the repository with --repo, or the daemon with --url' });
  }
  return repositoryStatus(context.settings, { open, version: context.version }, context.signal);
}

function render(report: StatusReport, context: CommandContext): string {
  switch (context.output) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'yaml':
      return toYaml(report);
    case 'name':
      return `${report.head?.oid ?? ''}\n`;
    default:
      return renderStatus(report, { now: context.clock.now(), wide: context.output === 'wide', paint: (style, text) => context.streams.paint(style, text) });
  }
}
