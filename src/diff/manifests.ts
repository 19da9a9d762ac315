import { readDocuments } from '../canon/read-documents.js';
import { YamlError } from '../canon/yaml-error.js';
import { escapeLine } from '../lib/escape.js';
import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { ManifestError } from './manifest-error.js';
import { manifestFiles, type OnSkip } from './manifest-files.js';

/** An object as a file describes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  /** As written; undefined where it is not. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Numbers that a double cannot hold are tokens. */
  readonly body: JsonObject;
  /** `web.yaml document 2`, `list.yaml document 1 item 3`; escaped. */
  readonly place: string;
}

export interface ReadManifestOptions {
  /** The text of standard input, which the path `-` stands for. */
  readonly stdin?: string;
  /** The namespace of manifests without one, which may make two of them one object. */
  readonly namespace?: string;
  /** Hears of files of a folder that are left out. */
  readonly onSkip?: OnSkip;
}

/**
 * The objects in files, folders (recursively) and standard input (`-`), in order: of every document, and of the items of a
 * List. Empty documents are none. Throws ManifestError, which names file and document, for what is no object with
 * apiVersion, kind and name, for templates that were not rendered, and for an object that is there twice.
 */
export function readManifests(paths: string | readonly string[], options: ReadManifestOptions = {}): Manifest[] {
  const manifests: Manifest[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const files = path === '-' ? [{ name: 'standard input', text: options.stdin ?? '' }] : manifestFiles(path, options.onSkip ?? ((): void => undefined));
    for (const { name, text } of files) {
      documentsOf(name, text).forEach((document, i) => {
        if (document !== null) manifests.push(...objectsIn(document, `${name} document ${i + 1}`));
      });
    }
  }
  refuseDuplicates(manifests, options.namespace);
  return manifests;
}

function documentsOf(name: string, text: string): Json[] {
  try {
    return readDocuments(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const document = error.line === undefined ? '' : ` (document ${documentAt(text, error.line)})`;
    if (text.includes('{{')) {
      const hint = 'Render it first: helm template CHART | kubetape diff -f -';
      throw new ManifestError('TEMPLATE', `${name} seems to be a template that was not rendered: ${error.message}${document}`, { hint, cause: error });
    }
    throw new ManifestError('MALFORMED', `${name} cannot be read: ${error.message}${document}`, { hint: error.hint, cause: error });
  }
}

/** The document, from 1, that a line, from 1, belongs to; counted as readDocuments does. */
function documentAt(text: string, line: number): number {
  const above = text.split('\n', line);
  const separators = above.filter((each) => /^---(?:\s|$)/.test(each)).length;
  const first = above.find((each) => !/^\s*(?:#.*)?$/.test(each));
  return first !== undefined && first.startsWith('---') ? separators : separators + 1;
}

function objectsIn(document: Json, place: string): Manifest[] {
  const object = fieldsOf(document, place);
  const { kind, body } = object;
  const items = own(body, 'items');
  if (!kind.endsWith('List') || !Array.isArray(items)) return [manifestOf(object, place)];
  return items.flatMap((item, i) => objectsIn(typedItem(item, object), `${place} item ${i + 1}`));
}

interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly body: JsonObject;
}

function fieldsOf(document: Json, place: string): Typed {
  if (!isObject(document)) throw wrong(place, 'is not an object');
  const [apiVersion, kind] = [own(document, 'apiVersion'), own(document, 'kind')];
  if (typeof kind !== 'string' || kind === '') throw wrong(place, 'has no kind');
  if (typeof apiVersion !== 'string' || apiVersion === '') throw wrong(place, `has no apiVersion (kind ${escapeLine(kind, 63)})`);
  return { apiVersion, kind, body: document };
}

function manifestOf({ apiVersion, kind, body }: Typed, place: string): Manifest {
  const metadata = own(body, 'metadata');
  const name = isObject(metadata) ? own(metadata, 'name') : undefined;
  const namespace = isObject(metadata) ? (own(metadata, 'namespace') ?? undefined) : undefined;
  if (typeof name !== 'string' || name === '') {
    const generated = isObject(metadata) && Object.hasOwn(metadata, 'generateName');
    throw wrong(place, generated ? `has no name but generateName, so no object is it (kind ${escapeLine(kind, 63)})` : `has no metadata.name (kind ${escapeLine(kind, 63)})`);
  }
  if (namespace !== undefined && typeof namespace !== 'string') throw wrong(place, 'has a metadata.namespace that is no text');
  if (kind === 'Secret' && apiVersion === 'v1') checkValues(body, place);
  return { apiVersion, kind, namespace: namespace === '' ? undefined : namespace, name, body, place };
}

/** The server refuses anything else; passed over, it would look as if there were no values. */
function checkValues(secret: JsonObject, place: string): void {
  for (const field of ['data', 'stringData']) {
    const values = own(secret, field) ?? null;
    if (values !== null && !isObject(values)) {
      throw new ManifestError('NOT_AN_OBJECT', `${place} has a ${field} that is no map`, { hint: 'A Secret has its values by key under data or stringData' });
    }
  }
}

/** Items of a ConfigMapList need not say that they are ConfigMaps. */
function typedItem(item: Json, list: Typed): Json {
  const kind = list.kind.slice(0, -'List'.length);
  if (!isObject(item) || kind === '' || Object.hasOwn(item, 'kind')) return item;
  const typed: JsonObject = { apiVersion: list.apiVersion, kind };
  for (const key of Object.keys(item)) setOwn(typed, key, item[key] as Json);
  return typed;
}

function refuseDuplicates(manifests: readonly Manifest[], defaultNamespace: string | undefined): void {
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { apiVersion, kind, name } = manifest;
    const namespace = manifest.namespace ?? defaultNamespace ?? '';
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const identity = JSON.stringify([group, kind, namespace, name]);
    const first = seen.get(identity);
    if (first !== undefined) {
      const object = `${escapeLine(kind, 63)} ${namespace === '' ? '' : `${escapeLine(namespace, 63)}/`}${escapeLine(name, 80)}`;
      throw new ManifestError('DUPLICATE', `${object} is there twice: in ${first.place} and in ${manifest.place}`, { hint: 'Give one of them only' });
    }
    seen.set(identity, manifest);
  }
}

function wrong(place: string, what: string): ManifestError {
  return new ManifestError('NOT_AN_OBJECT', `${place} ${what}`, { hint: 'A manifest has apiVersion, kind and metadata.name' });
}
