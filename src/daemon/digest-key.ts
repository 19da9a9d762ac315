import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { AppError, systemCode, type ErrorDetails } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

/** The key of the Secret digests could not be read or made. */
export class DigestKeyError extends AppError<'DIGEST_KEY'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
  constructor(message: string, details: ErrorDetails = {}) {
    super('DIGEST_KEY', message, details);
  }
}

const BYTES = 32;

/**
 * The key under which values of Secrets are digested: 32 random bytes in hexadecimal, in a file outside the
 * repository that only its owner may read. Made on first use. Whoever has key and repository can test guesses of weak
 * values, so the two belong apart.
 */
export function digestKey(file: string): Uint8Array {
  const text = readOrMake(file).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new DigestKeyError(`The digest key file ${file} does not hold 64 hexadecimal digits`, {
      hint: 'Restore it from where it was kept, or remove it: a new key is made, and one commit renews every digest',
    });
  }
  return Buffer.from(text, 'hex');
}

function readOrMake(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw new DigestKeyError(`Could not read the digest key file ${file}`, { cause: error, hint: 'Check its permissions, or name another with --digest-key' });
  }
  const text = `${randomBytes(BYTES).toString('hex')}\n`;
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return text;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return readFileSync(file, 'utf8'); // another run made it at the same moment
    throw new DigestKeyError(`Could not make the digest key file ${file}`, { cause: error, hint: 'Name a writable place outside the repository with --digest-key' });
  }
}
