import { execFile } from 'node:child_process';
import { linked } from '../lib/abort.js';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';

const MAX_OUTPUT = 256 << 20;

/**
 * Runs the git program on a repository (its git directory) and returns its output. No system or user configuration,
 * no hooks, no prompt, the locale C. RepositoryError UNSUPPORTED when there is no git, IO with git's own words when it
 * fails; rejects with the signal's reason when aborted. Nothing that the mirror needs depends on it.
 */
export async function runGit(repository: string, args: readonly string[], signal?: AbortSignal): Promise<Buffer> {
  const options = ['-c', `safe.directory=${repository}`, '-c', 'core.hooksPath=/dev/null', `--git-dir=${repository}`];
  return run([...options, ...args], args[0] ?? '', environment(), signal);
}

/** A name and a password for a server. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Runs the git program to speak to another repository: `repository` null when it is about to be made. A person's
 * configuration holds here (proxies, credential helpers, ssh), hooks and prompts do not. Credentials reach git through
 * its environment, which no other user can see. Errors as of runGit().
 */
export async function runGitRemote(repository: string | null, args: readonly string[], credentials: Credentials | null, signal: AbortSignal): Promise<Buffer> {
  const place = repository === null ? [] : ['-c', `safe.directory=${repository}`, `--git-dir=${repository}`];
  return run(['-c', 'core.hooksPath=/dev/null', ...place, ...args], args[0] ?? '', remoteEnvironment(credentials), signal);
}

async function run(args: readonly string[], command: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<Buffer> {
  signal?.throwIfAborted();
  // Node leaves its listener on the signal when there is no such program.
  using link = signal === undefined ? undefined : linked(signal);
  return await new Promise<Buffer>((done, fail) => {
    const settings = { encoding: 'buffer' as const, maxBuffer: MAX_OUTPUT, env, ...(link === undefined ? {} : { signal: link.signal }) };
    execFile('git', args, settings, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else if (signal?.aborted) fail(signal.reason);
      else fail(asError(command, error, stderr.toString('utf8')));
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

/** What of git's own variables is about reaching a server, and not about some other repository. */
const ABOUT_SERVERS = /^GIT_(?:SSH|SSL|HTTP|PROXY|ASKPASS|ALLOW_PROTOCOL|PROTOCOL|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|EXEC_PATH)/;

const HELPER = '!kubetape_credentials() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$KUBETAPE_GIT_USERNAME" "$KUBETAPE_GIT_PASSWORD"; }; kubetape_credentials';

function remoteEnvironment(credentials: Credentials | null): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || ABOUT_SERVERS.test(name)));
  const fixed = { ...own, GIT_TERMINAL_PROMPT: '0', GIT_DEFAULT_REF_FORMAT: 'files', LC_ALL: 'C' };
  if (credentials === null) return fixed;
  return {
    ...fixed,
    KUBETAPE_GIT_USERNAME: credentials.username,
    KUBETAPE_GIT_PASSWORD: credentials.password,
    GIT_CONFIG_COUNT: '2',
    // The empty one takes a person's helpers out: what was given with the URL is meant.
    ...{ GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: '', GIT_CONFIG_KEY_1: 'credential.helper', GIT_CONFIG_VALUE_1: HELPER },
  };
}

function asError(command: string, error: Error, stderr: string): RepositoryError {
  if (systemCode(error) === 'ENOENT') {
    return new RepositoryError('UNSUPPORTED', 'There is no git program', { hint: 'Install git, or put it on the PATH', cause: error });
  }
  return new RepositoryError('IO', `git ${command} failed: ${stderr.trim() || error.message}`, { cause: error });
}
