import { resolve } from 'node:path';
import type { CanonicalPolicy } from '../canon/canonicaliser.js';
import { ObjectFilter } from '../canon/filter.js';
import { loadBuiltInPack, loadCorePack, loadPackFile } from '../canon/pack-files.js';
import { digestKeyId } from '../canon/secrets.js';
import type { Filter } from '../model/filter.js';
import type { Settings } from '../model/settings.js';
import { digestKey } from './digest-key.js';

/** What settings mean for the canonical form. */
export interface MirrorPolicy {
  readonly policy: CanonicalPolicy;
  readonly digestKeyId: string | null;
  /** Namespaces that the filter names literally, when it names nothing else; null: all. */
  readonly namespaces: readonly string[] | null;
}

/** Reads rule packs and digest key; RulesError, DigestKeyError, ConfigError with place and cure. */
export function mirrorPolicy(settings: Settings, repository: string): MirrorPolicy {
  const filter: Filter = { include: settings.include, exclude: settings.exclude };
  const builtIn = settings.rules.packs.filter((name) => name !== 'core').map(loadBuiltInPack);
  const packs = [loadCorePack(), ...builtIn, ...settings.rules.files.map((file) => loadPackFile(resolve(file)))];
  const key = settings.secrets === 'digest' ? digestKey(settings.digestKey ?? `${resolve(repository)}.digest-key`) : null;
  return {
    policy: { packs, filter, secrets: settings.secrets, digestKey: key },
    digestKeyId: key === null ? null : digestKeyId(key),
    namespaces: new ObjectFilter(filter).explicitNamespaces(),
  };
}
