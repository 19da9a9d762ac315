import { existsSync } from 'node:fs';
import { escapeText } from '../lib/escape.js';

/** A repository somewhere else. */
export interface RemoteLocation {
  /** Without name and password, where they were given in it (http only). */
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
}

/**
 * Whether a location is a URL and not a path, as git tells them apart (git-clone(1), "Git URLs"): a known scheme, or
 * `host:path` with the colon before any slash, unless there is such a file. A single letter is a drive of Windows.
 */
export function isRemote(location: string): boolean {
  if (/^(?:https?|ssh|git|file|git\+ssh|ssh\+git):\/\//i.test(location)) return true;
  return /^[^/\\:-][^/\\:]+:(?!\/\/)./.test(location) && !existsSync(location);
}

/** Takes name and password out of a URL, so that neither messages, files nor the list of processes show them. */
export function parseRemote(location: string): RemoteLocation {
  const [, scheme, user = '', rest] = /^(https?:\/\/)([^/@]*)@(.*)$/i.exec(location) ?? [];
  if (scheme === undefined || rest === undefined) return { url: location, credentials: null };
  const colon = user.indexOf(':');
  const [username, password] = colon < 0 ? [user, ''] : [user.slice(0, colon), user.slice(colon + 1)];
  return { url: scheme + rest, credentials: { username: decoded(username), password: decoded(password) } };
}

/** Another program's words (or a server's, through it) as one line without credentials. */
export function wordsOf(text: string, { credentials }: RemoteLocation): string {
  let words = text.split('\n').map((line) => line.trim()).filter((line) => line !== '').join('; ');
  // A token may stand in the place of the name.
  for (const secret of [credentials?.password ?? '', credentials?.username ?? '']) if (secret.length > 3) words = words.replaceAll(secret, '***');
  return escapeText(words.slice(0, 2000));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It is not percent-encoded, so it stands as it is.
    return text;
  }
}
