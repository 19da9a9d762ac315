import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { ClusterEnvironment } from './options.js';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubeconfig that stands for the service account of the pod that we are in, or undefined when we are in none. */
export function inClusterDocument(environment: ClusterEnvironment): Record<string, unknown> | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  const folder = environment.serviceAccountDirectory ?? SERVICE_ACCOUNT;
  const tokenFile = join(folder, 'token');
  if (host === undefined || host === '' || !existsSync(tokenFile)) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port ?? '443'}`;
  return {
    clusters: [{ name: 'in-cluster', cluster: { server, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name: 'in-cluster', user: { tokenFile } }],
    contexts: [{ name: 'in-cluster', context: { cluster: 'in-cluster', user: 'in-cluster' } }],
    'current-context': 'in-cluster',
  };
}
