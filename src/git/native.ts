import { execFile } from 'node:child_process';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';

const MAX_OUTPUT = 256 << 20;

/**
 * Runs the git program on a repository (its git directory) and returns its output. No system or user configuration,
 * no hooks, no prompt, the locale C. RepositoryError UNSUPPORTED when there is no git, IO with git's own words when it
 * fails; rejects with the signal's reason when aborted. Nothing that the mirror needs depends on it.
 */
export async function runGit(repository: string, args: readonly string[], signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  const options = ['-c', `safe.directory=${repository}`, '-c', 'core.hooksPath=/dev/null', `--git-dir=${repository}`];
  return new Promise((done, fail) => {
    const settings = { encoding: 'buffer' as const, maxBuffer: MAX_OUTPUT, env: environment(), ...(signal === undefined ? {} : { signal }) };
    execFile('git', [...options, ...args], settings, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else if (signal?.aborted) fail(signal.reason);
      else fail(asError(args, error, stderr.toString('utf8')));
    });
  });
}

function environment(): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

function asError(args: readonly string[], error: Error, stderr: string): RepositoryError {
  if (systemCode(error) === 'ENOENT') {
    return new RepositoryError('UNSUPPORTED', 'There is no git program', { hint: 'Install git, or put it on the PATH', cause: error });
  }
  return new RepositoryError('IO', `git ${args[0] ?? ''} failed: ${stderr.trim() || error.message}`, { cause: error });
}
