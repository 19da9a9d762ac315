import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { StatusReport } from '../../model/status-report.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { openSettingsHistory } from '../open-history.js';
import { text } from '../option-values.js';
import { renderStatus } from '../render/status.js';
import { toYamlDocument } from '../render/yaml-document.js';
import { daemonStatus } from '../status/daemon-status.js';
import { repositoryStatus } from '../status/repository-status.js';
import { UsageError } from '../usage-error.js';

/** `status`: asks the daemon, or reads the repository. Exit code 3: not ready, or a type is not synced. */
export async function run(context: CommandContext, options: CommandOptions): Promise<ExitCode> {
  const report = await reportOf(context, text(options['url']), text(options['service']));
  context.streams.out(render(report, context));
  const complete = report.unsynced.length === 0 && (report.ready || report.source === 'repository');
  return complete ? EXIT.done : EXIT.part;
}

async function reportOf(context: CommandContext, url: string | undefined, service: string | undefined): Promise<StatusReport> {
  const { settings, signal, version } = context;
  if (url !== undefined && service !== undefined) throw new UsageError('USAGE', '--url and --service cannot be given together');
  if (url !== undefined) return daemonStatus(url, signal);
  if (service !== undefined) {
    const { serviceStatus } = await import('../status/service-status.js');
    return serviceStatus(service, settings.cluster, version, signal);
  }
  if (settings.repository.path === undefined) {
    throw new UsageError('USAGE', 'There is nothing to ask', { hint: 'Give the repository with --repo, or the daemon with --url or --service' });
  }
  const history = await openSettingsHistory(context);
  try {
    return await repositoryStatus(history, version, signal);
  } finally {
    history.close();
  }
}

function render(report: StatusReport, context: CommandContext): string {
  switch (context.output) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'yaml':
      return toYamlDocument(report);
    case 'name':
      return `${report.head?.oid ?? ''}\n`;
    default:
      return renderStatus(report, { now: context.clock.now(), wide: context.output === 'wide', paint: (style, text) => context.streams.paint(style, text) });
  }
}
