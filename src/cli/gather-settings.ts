import type { Environment } from '../config/env.js';
import type { Flags } from '../config/flags.js';
import type { LoadedSettings } from '../config/load.js';
import { SCALAR_KEYS } from '../config/sources.js';
import type { CommandOptions } from './context.js';
import { text, texts } from './option-values.js';

/** File, environment and the options of a command as settings; ConfigError with every mistake of all three. */
export async function gatherSettings(options: CommandOptions, environment: Environment, signal: AbortSignal): Promise<LoadedSettings> {
  // zod and js-yaml are loaded only by commands that need settings.
  const { loadSettings } = await import('../config/load.js');
  return loadSettings({ file: text(options['config']), environment, flags: toFlags(options), workingFolder: process.cwd() }, signal);
}

/** The options of a command line as the configuration takes them. */
export function toFlags(options: CommandOptions): Flags {
  const scalars = new Map<string, string>();
  for (const key of SCALAR_KEYS) {
    const value = text(options[camelCase(key.flag)]);
    if (value !== undefined) {
      scalars.set(key.path, value);
    }
  }
  if (!scalars.has('log.level') && (options['quiet'] === true || options['verbose'] === true)) {
    scalars.set('log.level', options['quiet'] === true ? 'error' : 'debug');
  }
  return {
    scalars,
    include: texts(options['include']),
    exclude: texts(options['exclude']),
    namespaces: texts(options['namespace']),
    selector: text(options['selector']),
    allNamespaces: options['allNamespaces'] === true,
    cluster: {
      cluster: text(options['cluster']),
      user: text(options['user']),
      server: text(options['server']),
      token: text(options['token']),
      as: text(options['as']),
      asGroups: texts(options['asGroup']),
      asUid: text(options['asUid']),
      certificateAuthority: text(options['certificateAuthority']),
      tlsServerName: text(options['tlsServerName']),
      insecureSkipTlsVerify: options['insecureSkipTlsVerify'] === true,
    },
  };
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
