import { isAbsolute, join } from 'node:path';
import { readTypes, type RecordedType } from '../../capture/meta-files.js';
import type { Environment } from '../../config/env.js';
import { locateRepository } from '../../git/locate-repository.js';
import { openHistory } from '../../git/open-history.js';
import { listRefs } from '../../git/ref-reader.js';
import { listObjects } from '../../inspect/list-objects.js';
import { Selection } from '../../inspect/selection.js';
import { findType, shortNamesOf } from '../../inspect/type-names.js';
import type { History, Snapshot } from '../../model/history.js';
import { listRuns } from '../../restore/run/journal.js';
import { typeName } from '../../model/resource-type.js';
import { namespaceOfFolder } from '../../model/tree-path.js';

/** Names that are looked through at most: an answer must not keep a person waiting. */
const MOST_NAMES = 20_000;

/** What the repository of a command line holds that can be typed. Rejects where there is none; a URL is not asked. */
export class RepositoryNames {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;

  constructor(values: ReadonlyMap<string, readonly string[]>, environment: Environment, signal: AbortSignal) {
    this.#values = values;
    this.#environment = environment;
    this.#signal = signal;
  }

  async branches(): Promise<string[]> {
    return this.#refs('refs/heads');
  }

  async points(): Promise<string[]> {
    return this.#refs('refs/tags');
  }

  async revisions(): Promise<string[]> {
    return ['HEAD', ...(await this.branches()), ...(await this.points()), ...(await this.#refs('refs/kubetape'))];
  }

  /** Restores of this machine that have a journal, newest first. */
  runs(): string[] {
    return listRuns(join(this.#environment.stateFolder, 'runs'));
  }

  async namespaces(): Promise<string[]> {
    return this.#read(({ folders }) => folders('namespaces').flatMap((folder) => namespaceOfFolder(folder) ?? []));
  }

  /** `TYPE` (with a slash where one object is wanted), the last TYPE of a comma list, or TYPE/NAME. */
  async objects(current: string, wanted: 'one' | 'types'): Promise<string[]> {
    return this.#read(({ snapshot }) => {
      const types = readTypes(snapshot);
      const slash = current.indexOf('/');
      if (slash >= 0) return this.#names(snapshot, types, current.slice(0, slash), current.slice(slash + 1));
      const [head, word] = splitList(current);
      return typeWords(types, word).map((name) => `${head}${name}${wanted === 'one' ? '/' : ''}`);
    });
  }

  #names(snapshot: Snapshot, types: ReadonlyMap<string, RecordedType>, type: string, beginning: string): string[] {
    const selection = Selection.parse({ objects: [type], namespaces: this.#values.get('--namespace') ?? [] }, types);
    const names: string[] = [];
    let seen = 0;
    for (const { id } of listObjects(snapshot, selection, { details: false })) {
      if (id.name.startsWith(beginning)) names.push(`${type}/${id.name}`);
      seen += 1;
      if (seen >= MOST_NAMES) break;
    }
    return names;
  }

  async #refs(folder: string): Promise<string[]> {
    return [...listRefs(locateRepository(await this.#location()), folder).keys()].map((name) => name.slice(folder.length + 1));
  }

  async #read(read: (from: { readonly snapshot: Snapshot; readonly folders: (folder: string) => readonly string[] }) => string[]): Promise<string[]> {
    const history = await this.#open();
    try {
      const snapshot = history.snapshot(history.head());
      return read({ snapshot, folders: (folder) => snapshot.folders(folder) });
    } finally {
      history.close();
    }
  }

  async #open(): Promise<History> {
    const branch = this.#values.get('--branch')?.at(-1) ?? this.#environment.scalars.get('repository.branch');
    const { cacheFolder } = this.#environment;
    return openHistory({ location: await this.#location(), ...(branch === undefined ? {} : { branch }), cacheFolder, now: Date.now }, this.#signal);
  }

  /** --repo, KUBETAPE_REPOSITORY_PATH, or what the configuration file says. */
  async #location(): Promise<string> {
    const given = this.#values.get('--repo')?.at(-1) ?? this.#environment.scalars.get('repository.path') ?? (await this.#configured());
    if (given === undefined || given.includes('://')) throw new Error('no repository that can be read at once');
    const path = given.startsWith('~/') ? join(this.#environment.home, given.slice(2)) : given;
    return isAbsolute(path) ? path : join(process.cwd(), path);
  }

  async #configured(): Promise<string | undefined> {
    const config = this.#values.get('--config')?.at(-1);
    if (config === undefined && this.#environment.configFile === undefined) return undefined;
    const { gatherSettings } = await import('../gather-settings.js');
    return (await gatherSettings({ config }, this.#environment, this.#signal)).settings.repository.path;
  }
}

/** `deploy,sv` → [`deploy,`, `sv`]. */
function splitList(text: string): [string, string] {
  const at = text.lastIndexOf(',') + 1;
  return [text.slice(0, at), text.slice(at)];
}

/** Plurals, with their group where the plural alone means another type; short names where no plural begins so. */
function typeWords(types: ReadonlyMap<string, RecordedType>, beginning: string): string[] {
  const all = [...types.values()].map(({ type }) => type);
  const plurals = all.map((type) => (findType(type.resource, types) === type ? type.resource : typeName(type)));
  if (plurals.some((name) => name.startsWith(beginning))) return plurals;
  return all.flatMap((type) => [typeName(type), type.kind.toLowerCase(), ...shortNamesOf(type)]);
}

