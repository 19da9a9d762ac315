import { RepositoryError } from './repository-error.js';

/** The version of the repository's layout that this program writes and reads; docs/format.md specifies it. */
export const FORMAT_VERSION = 1;

/** Holds the line `format: <version>` in every tree that kubetape wrote. */
export const FORMAT_PATH = '.kubetape/format';

/** RepositoryError NOT_OURS without a format file (null) or with an unreadable one, NEWER_FORMAT above ours. */
export function assertFormat(where: string, content: Buffer | null): void {
  const version = /^format: (\d+)$/m.exec(content?.toString('utf8') ?? '')?.[1];
  if (version === undefined) {
    const hint = 'Choose another branch with --branch, or a repository of its own';
    throw new RepositoryError('NOT_OURS', `${where} was not written by kubetape: it has no ${FORMAT_PATH}`, { hint });
  }
  if (Number(version) > FORMAT_VERSION) {
    throw new RepositoryError('NEWER_FORMAT', `${where} has format ${version}, this kubetape knows ${FORMAT_VERSION}`, { hint: 'Use the newer kubetape that wrote it' });
  }
}
