/** A key of the configuration that holds one value, and its other names. */
export interface ScalarKey {
  /** In the file. */
  readonly path: string;
  readonly env: string;
  readonly flag: string;
  /** Relative to the folder of the file, or to the working folder when it is given elsewhere. */
  readonly isPath: boolean;
}

/** Every scalar key: flags win over the environment, the environment over the file. */
export const SCALAR_KEYS: readonly ScalarKey[] = [
  { path: 'cluster.kubeconfig', env: 'KUBETAPE_CLUSTER_KUBECONFIG', flag: '--kubeconfig', isPath: true },
  { path: 'cluster.context', env: 'KUBETAPE_CLUSTER_CONTEXT', flag: '--context', isPath: false },
  { path: 'repository.path', env: 'KUBETAPE_REPOSITORY_PATH', flag: '--repo', isPath: true },
  { path: 'repository.branch', env: 'KUBETAPE_REPOSITORY_BRANCH', flag: '--branch', isPath: false },
  { path: 'secrets', env: 'KUBETAPE_SECRETS', flag: '--secrets', isPath: false },
  { path: 'digestKey', env: 'KUBETAPE_DIGEST_KEY', flag: '--digest-key', isPath: true },
  { path: 'window', env: 'KUBETAPE_WINDOW', flag: '--window', isPath: false },
  { path: 'verify.every', env: 'KUBETAPE_VERIFY_EVERY', flag: '--verify-every', isPath: false },
  { path: 'serve.listen', env: 'KUBETAPE_SERVE_LISTEN', flag: '--listen', isPath: false },
  { path: 'log.level', env: 'KUBETAPE_LOG_LEVEL', flag: '--log-level', isPath: false },
  { path: 'log.format', env: 'KUBETAPE_LOG_FORMAT', flag: '--log-format', isPath: false },
];

/** The configuration file itself. */
export const CONFIG_FILE_VARIABLE = 'KUBETAPE_CONFIG';
