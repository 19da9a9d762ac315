import { withRawGet } from '../../cluster/raw-get.js';
import { clusterEnvironment } from '../../config/env.js';
import { parseYaml } from '../../config/parse-yaml.js';
import { builtInListKeys, type ListKeys } from '../../diff/list-keys.js';
import { openApiListKeys } from '../../diff/open-api-list-keys.js';
import { AppError, messageOf } from '../../lib/errors.js';
import { escapeText } from '../../lib/escape.js';
import type { Json } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import type { CommandContext } from '../context.js';

export interface ServerListKeys {
  readonly listKeys: (apiVersion: string, kind: string) => ListKeys;
  /** Why the built-in table had to do for some; escaped. */
  readonly notes: readonly string[];
}

/**
 * The merge keys of lists as the server's OpenAPI v3 documents declare them, one document an API version; the built-in table
 * where the server has none to give or does not know the kind.
 */
export async function serverListKeys({ settings, version, signal: root }: Pick<CommandContext, 'settings' | 'version' | 'signal'>, apiVersions: ReadonlySet<string>, signal: AbortSignal = root): Promise<ServerListKeys> {
  const documents = new Map<string, Json>();
  const notes: string[] = [];
  await withRawGet(settings.cluster, clusterEnvironment(), { version, parseYaml }, async (get) => {
    for (const apiVersion of apiVersions) {
      try {
        const body = await get({ what: () => `read the OpenAPI document of ${apiVersion}`, path: () => documentPath(apiVersion) });
        documents.set(apiVersion, parseJson(body.toString('utf8')));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError || error instanceof SyntaxError)) throw error;
        notes.push(`lists of ${escapeText(apiVersion)} are matched by the built-in table: ${escapeText(messageOf(error))}`);
      }
    }
  }, signal);
  return {
    notes,
    listKeys(apiVersion, kind) {
      const builtIn = builtInListKeys(apiVersion, kind);
      const document = documents.get(apiVersion);
      if (document === undefined) return builtIn;
      const declared = openApiListKeys(document, apiVersion, kind);
      return (keys) => declared(keys) ?? builtIn(keys);
    },
  };
}

function documentPath(apiVersion: string): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? `/openapi/v3/api/${encodeURIComponent(group)}` : `/openapi/v3/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
}
