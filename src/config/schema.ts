import { z } from 'zod';
import { parseDuration } from '../lib/duration.js';
import { LISTEN_FORMS, parseListenAddress } from '../lib/listen-address.js';
import { parseEvery } from './parse-every.js';
import { isLabelSelector } from './label-selector.js';

// Every `error` here is what is accepted, in words: mistakes.ts puts the value and its place before it.

const LONGEST_WINDOW_MS = 3_600_000;
const SHORTEST_EVERY_MS = 60_000;
const WINDOW = 'a duration from 0 to 1h, such as 500ms, 1s or 5m';
const EVERY = 'a duration of 1m or more, such as 6h or 1d, or off';
const BRANCH = 'a branch name as git accepts it, such as main or clusters/prod';

const filterEntry = z
  .strictObject({
    types: list('types such as deployments.apps, secrets or *.cert-manager.io (plurals in lower case, globs)', isTypeGlob)
      .meta({ description: 'Plurals or `plural.group`, globs: `deployments`, `deployments.apps`, `*.cert-manager.io`' }),
    namespaces: list('globs over namespaces, such as dev-*', isGlob).meta({ description: 'Globs over namespaces' }),
    names: list('globs over names, such as *-config', isGlob).meta({ description: 'Globs over names' }),
    labelSelector: text('a label selector, such as app=web,tier in (a,b)', isLabelSelector).meta({
      description: 'Kubernetes selector syntax: `app=web,tier in (a,b),!canary`',
    }),
  }, { error: () => 'a map with types, namespaces, names or labelSelector' })
  .refine((entry) => Object.values(entry).some((value) => value !== null && value !== undefined), {
    error: () => 'at least one of types, namespaces, names, labelSelector',
  });

const filterList = z.array(filterEntry, { error: () => 'a list of filters' }).nullish();

/** The configuration file: every key may be absent, or null as an empty YAML value is. Unknown keys are mistakes. */
export const FILE_SCHEMA = z.strictObject({
  cluster: section({
    kubeconfig: text('a path').meta({ description: 'Kubeconfig file; default: as kubectl (KUBECONFIG, ~/.kube/config, in-cluster)' }),
    context: text('the name of a kubeconfig context').meta({ description: 'Kubeconfig context; default: the current one' }),
  }),
  repository: section({
    path: text('a path').meta({ description: 'The git repository; made when absent' }),
    branch: text(BRANCH, isBranch).meta({ description: 'The branch of this cluster', default: 'main' }),
  }),
  secrets: z.enum(['digest', 'plain', 'skip'], { error: () => 'digest, plain or skip' }).nullish().meta({
    description: 'digest: keys, sizes and keyed digests, no value; plain: the values themselves; skip: no Secret at all',
    default: 'digest',
  }),
  digestKey: text('a path').meta({ description: 'File with the key of the digests, outside the repository; default: <repository>.digest-key' }),
  window: text(WINDOW, isWindow).meta({ description: 'A change is committed at most this long after it was seen', default: '1s' }),
  include: filterList.meta({ description: 'What is mirrored; empty: everything' }),
  exclude: filterList.meta({ description: 'What is not mirrored; wins over include' }),
  rules: section({
    packs: maybeEmptyList('names of built-in rule packs', (name) => /^[a-z0-9][a-z0-9-]*$/.test(name)).meta({ description: 'Built-in rule packs besides core' }),
    files: maybeEmptyList('paths of rule pack files').meta({ description: 'Your own rule packs; later ones win' }),
  }),
  verify: section({
    every: z
      .union([z.string().refine(isEvery, { error: () => EVERY }), z.literal(0), z.literal(false)], { error: () => EVERY })
      .nullish()
      .meta({ description: 'How often the daemon proves that the repository is what the cluster is; 0 or off: never', default: '24h' }),
  }),
  serve: section({
    listen: z
      .union([z.string().refine((value) => parseListenAddress(value) !== null, { error: () => LISTEN_FORMS }), z.int().min(0).max(65_535)], { error: () => LISTEN_FORMS })
      .nullish()
      .meta({ description: 'Address of /livez, /readyz, /metrics and /status; default: none' }),
  }),
  log: section({
    level: z.enum(['debug', 'info', 'warn', 'error'], { error: () => 'debug, info, warn or error' }).nullish().meta({ default: 'info' }),
    format: z.enum(['text', 'json'], { error: () => 'text or json' }).nullish().meta({ default: 'text' }),
  }),
}, { error: () => 'a map of keys' });

/** The content of a valid file. */
export type FileContent = z.output<typeof FILE_SCHEMA>;

/** The keys that are accepted at a path of the file (`['log']`, `['include', 0]`); empty where there are none. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path[0] === 'include' || path[0] === 'exclude') {
    return path.length === 2 ? Object.keys(filterEntry.shape) : [];
  }
  let node: unknown = FILE_SCHEMA;
  for (const key of path) {
    node = node instanceof z.ZodObject ? unwrap((node.shape as Record<PropertyKey, unknown>)[key]) : undefined;
  }
  return node instanceof z.ZodObject ? Object.keys(node.shape) : [];
}

function unwrap(node: unknown): unknown {
  return node instanceof z.ZodOptional || node instanceof z.ZodNullable ? unwrap(node.unwrap()) : node;
}

function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: () => `a map with ${Object.keys(shape).join(' or ')}` }).nullish();
}

function text(accepted: string, isValid: (value: string) => boolean = () => true) {
  return z
    .string({ error: () => accepted })
    .refine((value) => value !== '' && !value.includes('\0') && isValid(value), { error: () => accepted })
    .nullish();
}

/** An empty list in a filter entry would fit nothing, which nobody means. */
function list(accepted: string, isValid: (value: string) => boolean) {
  return listOf(accepted, isValid).min(1, { error: () => `a list of ${accepted}` }).nullish();
}

function maybeEmptyList(accepted: string, isValid: (value: string) => boolean = () => true) {
  return listOf(accepted, isValid).nullish();
}

function listOf(accepted: string, isValid: (value: string) => boolean) {
  const item = z.string({ error: () => accepted }).refine((value) => value !== '' && isValid(value), { error: () => accepted });
  return z.array(item, { error: () => `a list of ${accepted}` });
}

function isWindow(value: string): boolean {
  const ms = parseDuration(value);
  return ms !== null && ms <= LONGEST_WINDOW_MS;
}

function isEvery(value: string): boolean {
  const ms = parseEvery(value);
  return ms === 0 || (ms !== null && ms >= SHORTEST_EVERY_MS);
}

function isTypeGlob(value: string): boolean {
  return /^[a-z0-9.*?-]+$/.test(value);
}

function isGlob(value: string): boolean {
  return !/[\s\0]/.test(value);
}

/** git-check-ref-format(1), for `refs/heads/<value>`. */
function isBranch(value: string): boolean {
  return !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$|^@$/.test(value) && !value.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
}
