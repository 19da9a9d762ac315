import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../lib/errors.js';
import { escapeText } from '../lib/escape.js';
import { ManifestError } from './manifest-error.js';

/** Larger files are nobody's manifests. */
export const LARGEST_FILE = 64 * 1024 * 1024;

export interface ManifestFile {
  /** As messages name it: escaped. */
  readonly name: string;
  readonly text: string;
}

/** Says which file of a folder is left out, and why. */
export type OnSkip = (file: string, reason: string) => void;

const KUSTOMIZATION = /^kustomization(?:\.ya?ml)?$/i;

/**
 * The texts of one file, or of every `.yaml`, `.yml` and `.json` file below a folder in the order of their paths. Left out
 * are hidden files and folders, folders that were visited already (symbolic links may lead in circles), links that lead
 * nowhere and kustomizations. Throws ManifestError for what cannot be read, is above 64 MiB or is a Helm chart.
 */
export function* manifestFiles(path: string, onSkip: OnSkip): Iterable<ManifestFile> {
  const stats = statOf(path);
  if (stats.isDirectory()) {
    yield* folderFiles(path, new Set([realpathSync(path)]), onSkip);
    return;
  }
  if (KUSTOMIZATION.test(basename(path))) {
    const hint = 'Build it first: kubectl kustomize FOLDER | kubetape diff -f -';
    throw new ManifestError('TEMPLATE', `${escapeText(path)} is a kustomization, not a manifest`, { hint });
  }
  yield { name: escapeText(path), text: textOf(path, stats) };
}

function* folderFiles(folder: string, visited: Set<string>, onSkip: OnSkip): Iterable<ManifestFile> {
  const names = listed(folder).filter((name) => !name.startsWith('.'));
  if (names.includes('Chart.yaml')) {
    const hint = `Render it first: helm template ${escapeText(folder)} | kubetape diff -f -`;
    throw new ManifestError('TEMPLATE', `${escapeText(folder)} is a Helm chart, not a folder of manifests`, { hint });
  }
  for (const name of names) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) onSkip(escapeText(path), 'a symbolic link that leads nowhere');
    else if (stats.isDirectory()) {
      const real = realpathSync(path);
      if (!visited.has(real)) yield* folderFiles(path, visited.add(real), onSkip);
    } else if (stats.isFile() && KUSTOMIZATION.test(name)) onSkip(escapeText(path), 'a kustomization, which is not built');
    else if (stats.isFile() && /\.(?:ya?ml|json)$/.test(name)) yield { name: escapeText(path), text: textOf(path, stats) };
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function listed(folder: string): string[] {
  try {
    // By bytes, whatever the locale is.
    return readdirSync(folder).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function textOf(path: string, stats: Stats): string {
  if (stats.size > LARGEST_FILE) throw tooLarge(path);
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  // A pipe (`-f <(helm template …)`) has no size before it is read.
  if (content.length > LARGEST_FILE) throw tooLarge(path);
  if (!isUtf8(content)) throw new ManifestError('MALFORMED', `${escapeText(path)} is not UTF-8`);
  return content.toString('utf8');
}

function unreadable(path: string, error: unknown): ManifestError {
  return new ManifestError('UNREADABLE', `The manifests in ${escapeText(path)} cannot be read: ${escapeText(messageOf(error))}`, { cause: error });
}

function tooLarge(path: string): ManifestError {
  return new ManifestError('TOO_LARGE', `${escapeText(path)} is larger than 64 MiB, which no manifest is`);
}
