import { readFile } from 'node:fs/promises';
import { systemCode } from '../lib/errors.js';
import { ConfigError } from './config-error.js';

/** The text of a configuration file; ConfigError UNREADABLE with the reason. */
export async function readConfigFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[systemCode(error) ?? ''];
    throw new ConfigError('UNREADABLE', `Could not read the configuration ${path}: ${reason ?? systemCode(error) ?? 'unknown error'}`, {
      hint: 'Give the path of a YAML file with --config or KUBETAPE_CONFIG; config/kubetape.yaml is an example',
      cause: error,
    });
  }
}
