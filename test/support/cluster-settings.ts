import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { ClusterOptions } from '../../src/cluster/options.js';
import type { ClusterSettings } from '../../src/model/settings.js';

export const NO_SETTINGS: ClusterSettings = {
  kubeconfig: undefined,
  context: undefined,
  cluster: undefined,
  user: undefined,
  server: undefined,
  token: undefined,
  as: undefined,
  asGroups: [],
  asUid: undefined,
  certificateAuthority: undefined,
  tlsServerName: undefined,
  insecureSkipTlsVerify: false,
};

export const CLUSTER_OPTIONS: ClusterOptions = { version: '0.0.0-test', parseYaml: (text) => load(text), random: () => 0 };

/** A kubeconfig of one context in a folder of its own; returns its path. */
export function writeKubeconfig(cluster: object, user: object, context: object = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-kubeconfig-'));
  const path = join(folder, 'config');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'one', cluster }],
    users: [{ name: 'one', user }],
    contexts: [{ name: 'one', context: { cluster: 'one', user: 'one', ...context } }],
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}
