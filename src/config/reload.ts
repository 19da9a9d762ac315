import { basename, dirname } from 'node:path';
import { watch } from 'chokidar';
import { onAbort } from '../lib/abort.js';
import type { Clock } from '../lib/clock.js';
import { messageOf } from '../lib/errors.js';
import { readConfigFile } from './read-config-file.js';
import { ConfigError } from './config-error.js';
import type { LoadedSettings } from './load.js';

/** A changed file: new settings, or why the old ones stay in force. */
export type Reload = { readonly settings: LoadedSettings } | { readonly error: ConfigError };

export interface ReloadOptions {
  /** Absolute path. */
  readonly file: string;
  /** Its content that is in force: a change between its loading and the watch is not missed. */
  readonly source: string;
  /** Reads file, environment and flags again, as at the start. */
  readonly load: (signal: AbortSignal) => Promise<LoadedSettings>;
  readonly clock: Clock;
  /** The file must have stayed the same this long; default 200. */
  readonly settleMs?: number;
}

/**
 * Follows the configuration file until the signal aborts: one element for each new content. The folder is watched, not
 * the file, because editors replace files and a ConfigMap volume swaps its `..data` link, whereby the file's own name
 * sees no event. A bad or vanished file yields its error, the caller keeps what it has.
 */
export async function* watchConfig(options: ReloadOptions, signal: AbortSignal): AsyncIterable<Reload> {
  const events = changeSignal();
  let last: string | null = options.source;
  const folder = dirname(options.file);
  // Everything else in the folder is left alone: each watched file costs a watch of the kernel.
  const ignored = (path: string): boolean => path !== folder && basename(path) !== basename(options.file) && !basename(path).startsWith('..');
  const watcher = watch(folder, { depth: 0, followSymlinks: false, ignoreInitial: true, ignorePermissionErrors: true, ignored });
  watcher.on('all', () => {
    events.raise();
  });
  let failure: unknown;
  watcher.on('error', (error) => {
    failure = error;
    events.raise();
  });
  // What changed before the watch was set up raises no event.
  watcher.on('ready', () => {
    events.raise();
  });
  // Closed here too: a consumer that stopped asking never comes to the end of this function.
  const listener = onAbort(signal, () => {
    events.raise();
    void watcher.close();
  });
  try {
    for (;;) {
      await events.raised();
      if (signal.aborted) {
        return;
      }
      if (failure !== undefined) {
        yield { error: unwatched(options.file, failure) };
        failure = undefined;
      }
      const content = await settled(options, signal);
      if (content === last) {
        continue;
      }
      last = content;
      yield await reload(options, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    listener[Symbol.dispose]();
    await watcher.close();
  }
}

async function reload(options: ReloadOptions, signal: AbortSignal): Promise<Reload> {
  try {
    return { settings: await options.load(signal) };
  } catch (error) {
    if (error instanceof ConfigError) {
      return { error };
    }
    throw error;
  }
}

/** The content once two looks, settleMs apart, agree: a file that is being written is not a configuration. */
async function settled(options: ReloadOptions, signal: AbortSignal): Promise<string | null> {
  let before = await contentOf(options.file, signal);
  for (;;) {
    await options.clock.sleep(options.settleMs ?? 200, signal);
    const now = await contentOf(options.file, signal);
    if (now === before) {
      return now;
    }
    before = now;
  }
}

/** Null: the file cannot be read now; why is what load() will say. */
async function contentOf(file: string, signal: AbortSignal): Promise<string | null> {
  try {
    return await readConfigFile(file, signal);
  } catch (error) {
    if (error instanceof ConfigError) {
      return null;
    }
    throw error;
  }
}

function unwatched(file: string, cause: unknown): ConfigError {
  return new ConfigError('UNWATCHED', `Could not watch the configuration ${file}: ${messageOf(cause)}`, {
    hint: 'Changes of the file may go unnoticed; raise fs.inotify.max_user_instances, or restart after a change',
    cause,
  });
}

/** An event that is remembered until somebody has waited for it. */
function changeSignal(): { raise: () => void; raised: () => Promise<void> } {
  let pending = false;
  let wake: (() => void) | undefined;
  return {
    raise() {
      pending = true;
      wake?.();
    },
    async raised() {
      if (!pending) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      pending = false;
      wake = undefined;
    },
  };
}
