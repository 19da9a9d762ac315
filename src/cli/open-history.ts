import { openHistory } from '../git/open-history.js';
import type { History } from '../model/history.js';
import type { CommandContext } from './context.js';
import { UsageError } from './usage-error.js';

/**
 * The repository of the settings (a path or a URL), for reading: takes no lock, so a mirror may be at work. UsageError when
 * none is named, RepositoryError for everything that is wrong with it. The caller closes it.
 */
export async function openSettingsHistory({ settings, branch, environment, clock, signal }: Pick<CommandContext, 'settings' | 'branch' | 'environment' | 'clock' | 'signal'>): Promise<History> {
  const { path } = settings.repository;
  if (path === undefined) {
    throw new UsageError('USAGE', 'Which repository to read is not said', { hint: 'Give --repo DIR or URL, KUBETAPE_REPOSITORY_PATH, or repository.path in the configuration file' });
  }
  return openHistory({ location: path, branch, cacheFolder: environment.cacheFolder, now: () => clock.now() }, signal);
}
