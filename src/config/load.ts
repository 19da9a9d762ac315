import { dirname, isAbsolute, resolve } from 'node:path';
import { parseDuration } from '../lib/duration.js';
import type { FilterEntry } from '../model/filter.js';
import type { Settings } from '../model/settings.js';
import { invalidConfiguration, type Mistake } from './config-error.js';
import type { Environment } from './env.js';
import type { RawFilterEntry } from './filter-text.js';
import { flagFilters, type FlagFilters, type Flags } from './flags.js';
import type { PlaceOf } from './mistakes.js';
import { parseEvery } from './parse-every.js';
import { readConfigFile } from './read-config-file.js';
import type { FileContent } from './schema.js';
import { SCALAR_KEYS } from './sources.js';

export interface Sources {
  /** --config; the environment's KUBETAPE_CONFIG when absent. */
  readonly file: string | undefined;
  readonly environment: Environment;
  readonly flags: Flags;
  /** Paths of environment and flags are relative to it. */
  readonly workingFolder: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Absolute path of the file that was read. */
  readonly file: string | undefined;
  /** What was in it. */
  readonly source: string | undefined;
  /** Where each scalar key, `include` and `exclude` come from: `default`, the file, a variable, a flag. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * File, environment and flags as one Settings; flags win over the environment, the environment over the file. Rejects
 * with one ConfigError that holds every mistake of all three.
 */
export async function loadSettings(sources: Sources, signal: AbortSignal): Promise<LoadedSettings> {
  const name = sources.file ?? sources.environment.configFile;
  const file = name === undefined ? undefined : toPath(name, sources.workingFolder, sources.environment.home);
  const { source, checked } = file === undefined ? NO_FILE : await checkFile(name ?? file, file, signal);
  const filters = flagFilters(sources.flags);
  const environment = await checkScalars(sources.environment.scalars, 'env');
  const flags = await checkScalars(sources.flags.scalars, 'flag');
  const include = await checkFilters('include', filters, sources.flags);
  const exclude = await checkFilters('exclude', filters, sources.flags);
  const mistakes = [
    ...checked.mistakes,
    ...sources.environment.mistakes,
    ...environment,
    ...flags,
    ...filters.mistakes,
    ...include.mistakes,
    ...exclude.mistakes,
  ];
  if (mistakes.length > 0) {
    throw invalidConfiguration(mistakes);
  }
  return { ...merge({ ...sources, file }, checked.content, { include: filters.include && include.entries, exclude: exclude.entries }), file, source };
}

const NO_FILE = { source: undefined, checked: { content: {}, mistakes: [] } };

/*
 * zod, the schema and js-yaml cost 100 ms of every start, which a command that only reads has no use for: they are loaded
 * for a file, and for what is not plainly right. Only they say what is wrong.
 */
async function checkFile(name: string, file: string, signal: AbortSignal): Promise<{ source: string; checked: { content: FileContent; mistakes: readonly Mistake[] } }> {
  const source = await readConfigFile(file, signal);
  return { source, checked: (await import('./config-file.js')).checkConfigText(name, source) };
}

async function checkContent(content: unknown, place: PlaceOf): Promise<{ readonly content: FileContent; readonly mistakes: readonly Mistake[] }> {
  return (await import('./mistakes.js')).checkContent(content, place);
}

/** Of these every text but an empty one is accepted. */
function isPlainScalar(path: string, value: string): boolean {
  return value !== '' && !value.includes('\0') && (path === 'cluster.context' || SCALAR_KEYS.some((key) => key.path === path && key.isPath));
}

/** An entry of -n with names or simple globs. */
function isPlainEntry({ namespaces = [], ...rest }: RawFilterEntry): boolean {
  return Object.keys(rest).length === 0 && namespaces.length > 0 && namespaces.every((glob) => /^[a-z0-9*?-]+$/.test(glob));
}

function merge(
  sources: Sources,
  file: FileContent,
  flagged: { readonly include: readonly FilterEntry[] | undefined; readonly exclude: readonly FilterEntry[] },
): Pick<LoadedSettings, 'settings' | 'origins'> {
  const { scalar, origins } = scalars(sources, file);
  const fileFolder = dirname(sources.file ?? sources.workingFolder);
  const include = flagged.include ?? toEntries(file.include);
  const exclude = [...toEntries(file.exclude), ...flagged.exclude];
  origins.set('include', flagged.include !== undefined ? 'flags' : include.length > 0 ? (sources.file ?? '') : 'default');
  origins.set('exclude', exclude.length === 0 ? 'default' : [file.exclude?.length ? sources.file : '', flagged.exclude.length > 0 ? 'flags' : ''].filter(Boolean).join(' and '));
  const settings: Settings = {
    cluster: {
      kubeconfig: scalar('cluster.kubeconfig'),
      context: scalar('cluster.context'),
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
      ...sources.flags.cluster,
    },
    repository: { path: scalar('repository.path'), branch: scalar('repository.branch') ?? 'main' },
    secrets: (scalar('secrets') ?? 'digest') as Settings['secrets'],
    digestKey: scalar('digestKey'),
    windowMs: parseDuration(scalar('window') ?? '1s') ?? 1000,
    include,
    exclude,
    rules: {
      packs: file.rules?.packs ?? [],
      files: (file.rules?.files ?? []).map((path) => toPath(path, fileFolder, sources.environment.home)),
    },
    verify: { everyMs: parseEvery(scalar('verify.every') ?? '24h') ?? 0 },
    serve: { listen: scalar('serve.listen') },
    log: {
      level: (scalar('log.level') ?? 'info') as Settings['log']['level'],
      format: (scalar('log.format') ?? 'text') as Settings['log']['format'],
    },
  };
  return { settings, origins };
}

/** Each scalar key's value from the strongest source that has it; paths are absolute. */
function scalars(sources: Sources, file: FileContent): { scalar: (path: string) => string | undefined; origins: Map<string, string> } {
  const origins = new Map<string, string>();
  const values = new Map<string, string>();
  const home = sources.environment.home;
  for (const key of SCALAR_KEYS) {
    const inFile = fileValue(file, key.path);
    const flag = sources.flags.scalars.get(key.path);
    const outside = flag ?? sources.environment.scalars.get(key.path);
    const value = outside ?? inFile;
    origins.set(key.path, flag !== undefined ? key.flag : outside !== undefined ? key.env : inFile !== undefined ? (sources.file ?? '') : 'default');
    if (value !== undefined) {
      const folder = outside === undefined ? dirname(sources.file ?? '') : sources.workingFolder;
      values.set(key.path, key.isPath ? toPath(value, folder, home) : value);
    }
  }
  return { scalar: (path) => values.get(path), origins };
}

function fileValue(file: FileContent, path: string): string | undefined {
  let value: unknown = file;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Mistakes in the values of one source, found by the schema of the file. */
async function checkScalars(values: ReadonlyMap<string, string>, source: 'env' | 'flag'): Promise<Mistake[]> {
  if ([...values].every(([path, value]) => isPlainScalar(path, value))) {
    return [];
  }
  const content: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const [first = '', second] = path.split('.');
    if (second === undefined) {
      content[first] = value;
    } else {
      content[first] = { ...(content[first] as Record<string, unknown> | undefined), [second]: value };
    }
  }
  const { mistakes } = await checkContent(content, (path) => ({ origin: SCALAR_KEYS.find((key) => key.path === path.join('.'))?.[source] ?? '' }));
  return mistakes.map((mistake) => ({ ...mistake, path: '' }));
}

async function checkFilters(list: 'include' | 'exclude', filters: FlagFilters, flags: Flags): Promise<{ entries: FilterEntry[]; mistakes: Mistake[] }> {
  const given = filters[list] ?? [];
  if (given.every(isPlainEntry)) {
    return { entries: [...given], mistakes: [] };
  }
  const scoped = list === 'include' && flags.include.length === 0;
  const { content, mistakes } = await checkContent({ [list]: given }, (path) => ({
    origin: scoped ? (path[2] === 'labelSelector' ? '--selector' : '--namespace') : `--${list}`,
  }));
  return { entries: toEntries(content[list]), mistakes: mistakes.map((mistake) => ({ ...mistake, path: scoped ? '' : mistake.path.replace(/^\w+\[\d+\]\.?/, '') })) };
}

function toEntries(entries: FileContent['include']): FilterEntry[] {
  return (entries ?? []).map((entry) => ({
    ...(entry.types ? { types: entry.types } : {}),
    ...(entry.namespaces ? { namespaces: entry.namespaces } : {}),
    ...(entry.names ? { names: entry.names } : {}),
    ...(entry.labelSelector ? { labelSelector: entry.labelSelector } : {}),
  }));
}

/** An absolute path; a URL or a `user@host:path` stays as it is. */
function toPath(text: string, folder: string, home: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/|^[^/\\]+@[^/\\]+:/.test(text)) {
    return text;
  }
  if (text === '~' || text.startsWith('~/')) {
    return resolve(home, text.slice(2));
  }
  return isAbsolute(text) ? text : resolve(folder, text);
}
