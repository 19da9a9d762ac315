import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf, systemCode } from '../lib/errors.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ClusterSettings } from '../model/settings.js';
import { inClusterDocument } from './in-cluster.js';
import { printable } from './errors.js';
import type { ClusterEnvironment } from './options.js';

export type Fields = Record<string, unknown>;

/** The one cluster and user that settings and kubeconfig files choose together; plain data. */
export interface Selection {
  /** `context "prod" of /home/a/.kube/config`: for messages. */
  readonly source: string;
  /** The chosen context; undefined when flags alone choose. */
  readonly context: string | undefined;
  readonly server: string;
  /** The context's namespace. */
  readonly namespace: string | undefined;
  readonly proxyUrl: string | undefined;
  /** A file whose content is the bearer token, and changes; it wins over a fixed token. */
  readonly tokenFile: string | undefined;
  /** Impersonate-… headers. */
  readonly impersonate: Readonly<Record<string, string | readonly string[]>>;
  /** `cluster` and `user` as a kubeconfig writes them, paths made absolute. */
  readonly cluster: Fields;
  readonly user: Fields;
}

interface Merged {
  readonly files: readonly string[];
  readonly clusters: Map<string, Fields>;
  readonly contexts: Map<string, Fields>;
  readonly users: Map<string, Fields>;
  readonly current: string | undefined;
}

/**
 * Chooses cluster and user as kubectl does: --kubeconfig, else the files of KUBECONFIG (missing ones are passed over,
 * the first to name a thing wins), else ~/.kube/config, else the service account of the pod; flags over all.
 * Throws ClusterError KUBECONFIG with the file or context and a cure.
 * Rules: client-go, tools/clientcmd/loader.go and client_config.go.
 */
export function selectCluster(
  settings: ClusterSettings,
  environment: ClusterEnvironment,
  parseYaml: (text: string) => unknown,
): Selection {
  const merged = mergeFiles(readFiles(settings, environment, parseYaml));
  const where = merged.files.length === 0 ? 'the flags' : merged.files.join(', ');
  const name = settings.context ?? merged.current;
  const context = name === undefined || name === '' ? undefined : entry(merged.contexts, 'context', name, where);
  const clusterName = settings.cluster ?? text(context?.['cluster'], 'cluster of the context');
  const userName = settings.user ?? text(context?.['user'], 'user of the context');
  const cluster = { ...(clusterName === undefined ? {} : entry(merged.clusters, 'cluster', clusterName, where)) };
  const user = { ...(userName === undefined || userName === '' ? {} : entry(merged.users, 'user', userName, where)) };
  applyFlags(cluster, user, settings);
  const source = name === undefined ? where : `context "${name}" of ${where}`;
  const server = text(cluster['server'], `server of ${source}`);
  if (server === undefined || server === '') {
    throw kubeconfigError(`No cluster is chosen: ${where} has no current context`, 'Give --context, or --server, or a kubeconfig with a current-context');
  }
  return {
    source,
    context: name,
    server: checkedServer(server, source),
    namespace: text(context?.['namespace'], 'namespace of the context'),
    proxyUrl: text(cluster['proxy-url'], `proxy-url of ${source}`),
    tokenFile: text(user['tokenFile'], `tokenFile of ${source}`),
    impersonate: impersonation(user, source),
    cluster,
    user,
  };
}

export function kubeconfigError(message: string, hint: string, cause?: unknown): ClusterError {
  return new ClusterError('KUBECONFIG', printable(message), { hint, cause });
}

interface KubeconfigFile {
  readonly path: string;
  readonly document: Fields;
}

function readFiles(settings: ClusterSettings, environment: ClusterEnvironment, parseYaml: (text: string) => unknown): KubeconfigFile[] {
  if (settings.kubeconfig !== undefined) return [readOne(settings.kubeconfig, parseYaml)];
  const listed = (environment.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  const paths = listed.length > 0 ? [...new Set(listed)] : environment.home === undefined ? [] : [join(environment.home, '.kube', 'config')];
  const files = paths.flatMap((path) => readOptional(path, parseYaml));
  if (files.length > 0) return files;
  const inCluster = inClusterDocument(environment);
  if (inCluster !== undefined) return [{ path: 'the service account of this pod', document: inCluster }];
  if (settings.server !== undefined) return [];
  throw kubeconfigError(
    paths.length === 0 ? 'No kubeconfig is given, and this is no pod' : `There is no kubeconfig at ${paths.join(', ')}, and this is no pod`,
    'Give --kubeconfig FILE, set KUBECONFIG, or run in a pod with a service account',
  );
}

function readOptional(path: string, parseYaml: (text: string) => unknown): KubeconfigFile[] {
  try {
    return [readOne(path, parseYaml)];
  } catch (error) {
    if (error instanceof ClusterError && systemCode(error.cause) === 'ENOENT') return [];
    throw error;
  }
}

function readOne(path: string, parseYaml: (text: string) => unknown): KubeconfigFile {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw kubeconfigError(`Could not read the kubeconfig ${path}: ${systemCode(error) ?? messageOf(error)}`, 'Check the path and that the file may be read', error);
  }
  // An empty file is a kubeconfig without entries (kubectl too); the YAML reader's words may quote a credential.
  if (content.trim() === '') return { path, document: {} };
  let document: unknown;
  try {
    document = parseYaml(content);
  } catch (error) {
    throw kubeconfigError(`The kubeconfig ${path} is not YAML${placeOf(error)}`, 'Correct the file; kubectl config view shows what is read');
  }
  if (!isFields(document)) throw kubeconfigError(`The kubeconfig ${path} is not a kubeconfig: no mapping at its top`, 'Give a file of kind Config');
  return { path, document: withAbsolutePaths(document, dirname(path)) };
}

/** js-yaml's errors carry a mark. */
function placeOf(error: unknown): string {
  const line = (error as { mark?: { line?: unknown } }).mark?.line;
  return typeof line === 'number' ? ` (line ${line + 1})` : '';
}

const PATHS: Readonly<Record<string, readonly string[]>> = {
  cluster: ['certificate-authority'],
  user: ['client-certificate', 'client-key', 'tokenFile'],
};

function withAbsolutePaths(document: Fields, folder: string): Fields {
  for (const [list, member] of [['clusters', 'cluster'], ['users', 'user']] as const) {
    for (const item of fieldsOf(document[list])) {
      const fields = item[member];
      if (!isFields(fields)) continue;
      for (const key of PATHS[member] ?? []) {
        const path = fields[key];
        if (typeof path === 'string' && path !== '' && !isAbsolute(path)) fields[key] = join(folder, path);
      }
      const exec = fields['exec'];
      // client-go: a command with a slash is relative to the kubeconfig, one without is looked up in PATH.
      if (isFields(exec) && typeof exec['command'] === 'string' && exec['command'].includes('/') && !isAbsolute(exec['command'])) {
        exec['command'] = join(folder, exec['command']);
      }
    }
  }
  return document;
}

function mergeFiles(files: readonly KubeconfigFile[]): Merged {
  const maps = { clusters: new Map<string, Fields>(), contexts: new Map<string, Fields>(), users: new Map<string, Fields>() };
  let current: string | undefined;
  for (const { path, document } of files) {
    if (current === undefined || current === '') current = text(document['current-context'], `current-context of ${path}`);
    for (const [list, member] of [['clusters', 'cluster'], ['contexts', 'context'], ['users', 'user']] as const) {
      for (const item of fieldsOf(document[list])) {
        const name = text(item['name'], `a name in ${list} of ${path}`);
        const fields = item[member] ?? {};
        if (name === undefined || !isFields(fields)) {
          throw kubeconfigError(`An entry of ${list} in ${path} has no name or no ${member}`, 'Correct the file; kubectl config view shows what is read');
        }
        if (!maps[list].has(name)) maps[list].set(name, fields);
      }
    }
  }
  return { files: files.map((file) => file.path), ...maps, current: current === '' ? undefined : current };
}

function entry(map: ReadonlyMap<string, Fields>, kind: string, name: string, where: string): Fields {
  const found = map.get(name);
  if (found !== undefined) return found;
  const known = [...map.keys()].slice(0, 8).join(', ');
  throw kubeconfigError(`There is no ${kind} "${name}" in ${where}`, known === '' ? `The kubeconfig has no ${kind} at all` : printable(`Known: ${known}`));
}

function applyFlags(cluster: Fields, user: Fields, settings: ClusterSettings): void {
  if (settings.server !== undefined) cluster['server'] = settings.server;
  if (settings.tlsServerName !== undefined) cluster['tls-server-name'] = settings.tlsServerName;
  if (settings.certificateAuthority !== undefined) {
    cluster['certificate-authority'] = settings.certificateAuthority;
    delete cluster['certificate-authority-data'];
  }
  if (settings.insecureSkipTlsVerify) cluster['insecure-skip-tls-verify'] = true;
  if (settings.token !== undefined) {
    user['token'] = settings.token;
    for (const other of ['tokenFile', 'exec', 'auth-provider']) delete user[other];
  }
  if (settings.as !== undefined) user['as'] = settings.as;
  if (settings.asGroups.length > 0) user['as-groups'] = [...settings.asGroups];
  if (settings.asUid !== undefined) user['as-uid'] = settings.asUid;
}

function impersonation(user: Fields, source: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const name = text(user['as'], `as of ${source}`);
  const uid = text(user['as-uid'], `as-uid of ${source}`);
  const groups = Array.isArray(user['as-groups']) ? user['as-groups'].map(String) : [];
  if (name !== undefined) headers['impersonate-user'] = name;
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  if (groups.length > 0) headers['impersonate-group'] = groups;
  for (const [key, values] of Object.entries(isFields(user['as-user-extra']) ? user['as-user-extra'] : {})) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = Array.isArray(values) ? values.map(String) : [String(values)];
  }
  if (name === undefined && Object.keys(headers).length > 0) {
    throw kubeconfigError(`Groups or a UID are to be impersonated without a user (${source})`, 'Give --as too');
  }
  return headers;
}

function checkedServer(server: string, source: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw kubeconfigError(`The server of ${source} is not an http or https address`, 'Write it as https://HOST:PORT');
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function text(value: unknown, place: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw kubeconfigError(`The ${place} is not a string`, 'Put it in quotes');
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
