import { clusterEnvironment } from '../../config/env.js';
import { parseYaml } from '../../config/parse-yaml.js';
import { rawGet } from '../../cluster/raw-get.js';
import type { StatusReport } from '../../model/status-report.js';
import type { ClusterSettings } from '../../model/settings.js';
import { UsageError } from '../usage-error.js';
import { parseReport } from './daemon-status.js';

/** What --listen of the manifests says. */
const PORT = '8080';

/** The status of the daemon behind a Service, through the API server's proxy: no route to the cluster's network is needed. */
export async function serviceStatus(service: string, settings: ClusterSettings, version: string, signal: AbortSignal): Promise<StatusReport> {
  const [, given, name = '', port = PORT] = /^(?:([a-z0-9-]+)\/)?([a-z0-9-]+)(?::([a-z0-9-]+))?$/.exec(service) ?? [];
  if (name === '') throw new UsageError('USAGE', `Could not read the Service "${service}"`, { hint: 'Write [NAMESPACE/]NAME[:PORT], such as kubetape/kubetape:8080' });
  const request = {
    what: (namespace: string) => `ask service ${name}:${port} in namespace ${given ?? namespace}`,
    path: (namespace: string) => `/api/v1/namespaces/${encodeURIComponent(given ?? namespace)}/services/${name}:${port}/proxy/status`,
  };
  const body = await rawGet(settings, clusterEnvironment(), { version, parseYaml }, request, signal);
  return parseReport(body.toString('utf8'), `service ${service}`, '--service');
}
