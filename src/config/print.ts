import { dump } from 'js-yaml';
import { z } from 'zod';
import { formatDuration } from '../lib/duration.js';
import type { Settings } from '../model/settings.js';
import type { LoadedSettings } from './load.js';
import { FILE_SCHEMA } from './schema.js';

/** Settings in the form of the configuration file, for JSON or YAML; a token is not shown. */
export function toFileForm(settings: Settings): Record<string, unknown> {
  const { kubeconfig, context, ...rest } = settings.cluster;
  const flagsOnly = Object.entries(rest).filter(([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0));
  return {
    cluster: { kubeconfig: kubeconfig ?? null, context: context ?? null },
    ...(flagsOnly.length > 0 ? { clusterFlags: Object.fromEntries(flagsOnly.map(([key, value]) => [key, key === 'token' ? '(not shown)' : value])) } : {}),
    repository: { path: settings.repository.path ?? null, branch: settings.repository.branch },
    secrets: settings.secrets,
    digestKey: settings.digestKey ?? null,
    window: formatDuration(settings.windowMs),
    include: settings.include,
    exclude: settings.exclude,
    rules: settings.rules,
    verify: { every: settings.verify.everyMs === 0 ? 'off' : formatDuration(settings.verify.everyMs) },
    serve: { listen: settings.serve.listen ?? null },
    log: settings.log,
  };
}

/** Plain data as YAML, for -o yaml. */
export function toYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true });
}

/** The settings in force as YAML, each key with where it comes from. */
export function printSettings(loaded: LoadedSettings): string {
  const lines: string[] = [];
  let section = '';
  for (const line of dump(toFileForm(loaded.settings), { lineWidth: -1, noRefs: true, flowLevel: 4 }).trimEnd().split('\n')) {
    const match = /^( {0,2})([A-Za-z]+):/.exec(line);
    if (match === null) {
      lines.push(line);
      continue;
    }
    const [, indent = '', key = ''] = match;
    section = indent === '' ? key : section;
    const origin = loaded.origins.get(indent === '' ? key : `${section}.${key}`);
    lines.push(origin === undefined ? line : `${line} # ${origin}`);
  }
  return `${lines.join('\n')}\n`;
}

/** JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'kubetape configuration', ...z.toJSONSchema(FILE_SCHEMA, { io: 'input' }) };
}
