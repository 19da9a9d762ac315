import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { digestKey } from '../../daemon/digest-key.js';
import type { Settings } from '../../model/settings.js';
import { UsageError } from '../usage-error.js';

/**
 * The key of the Secret digests where it is here, else null: reading makes no key. UsageError when --digest-key names a file
 * that is not there, DigestKeyError for one that holds no key.
 */
export function knownDigestKey({ digestKey: named, repository }: Settings): Uint8Array | null {
  if (named !== undefined && !existsSync(named)) {
    throw new UsageError('NOT_FOUND', `There is no digest key file ${named}`, { hint: 'Check --digest-key; without it the key beside the repository is taken' });
  }
  const file = named ?? `${resolve(repository.path ?? '')}.digest-key`;
  return existsSync(file) ? digestKey(file) : null;
}
