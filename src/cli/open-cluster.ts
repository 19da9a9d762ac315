import { clusterEnvironment } from '../config/env.js';
import { parseYaml } from '../config/parse-yaml.js';
import { openCluster } from '../cluster/reader.js';
import { ObjectFilter } from '../canon/filter.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { Settings } from '../model/settings.js';

/** The cluster of the settings, with credentials as kubectl finds them. */
export function openSettingsCluster(settings: Settings, version: string, signal: AbortSignal): Promise<ClusterReader> {
  const namespaces = new ObjectFilter(settings).explicitNamespaces();
  return openCluster(settings.cluster, clusterEnvironment(), { version, parseYaml, ...(namespaces === null ? {} : { namespaces }) }, signal);
}
