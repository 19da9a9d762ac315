/** Names of the fields in log lines, so that one thing has one name everywhere. */
export const LOG_KEYS = {
  /** `deployments.apps` */
  type: 'type',
  namespace: 'namespace',
  /** `shop: deployments.apps/web` */
  object: 'object',
  path: 'path',
  commit: 'commit',
  changes: 'changes',
  objects: 'objects',
  types: 'types',
  resourceVersion: 'resourceVersion',
  durationMs: 'durationMs',
  retryInMs: 'retryInMs',
  attempt: 'attempt',
  reason: 'reason',
  rule: 'rule',
  server: 'server',
  repository: 'repository',
  branch: 'branch',
  address: 'address',
  file: 'file',
  signal: 'signal',
  /** An error: its message, code and hint are written. */
  error: 'error',
} as const;
