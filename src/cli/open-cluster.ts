import { clusterEnvironment } from '../config/env.js';
import { parseYaml } from '../config/parse-yaml.js';
import type { ClusterOptions } from '../cluster/options.js';
import { openCluster, openWritableCluster } from '../cluster/reader.js';
import { ObjectFilter } from '../canon/filter.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { ClusterWriter } from '../model/cluster-writer.js';
import type { Settings } from '../model/settings.js';

/** The cluster of the settings, with credentials as kubectl finds them. */
export function openSettingsCluster(settings: Settings, version: string, signal: AbortSignal): Promise<ClusterReader> {
  return openCluster(settings.cluster, clusterEnvironment(), clusterOptions(settings, version), signal);
}

/** The same, for writing too; closing the reader closes both. */
export function openSettingsWritableCluster(settings: Settings, version: string, signal: AbortSignal): Promise<{ readonly reader: ClusterReader; readonly writer: ClusterWriter }> {
  return openWritableCluster(settings.cluster, clusterEnvironment(), clusterOptions(settings, version), signal);
}

function clusterOptions(settings: Settings, version: string): ClusterOptions {
  const namespaces = new ObjectFilter(settings).explicitNamespaces();
  return { version, parseYaml, ...(namespaces === null ? {} : { namespaces }) };
}
