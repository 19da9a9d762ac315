import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../lib/errors.js';
import { RulesError } from './rules/rules-error.js';

/** The text of a rule pack and what messages call it. */
export interface PackText {
  readonly name: string;
  readonly text: string;
}

/** The built-in core pack, config/rules/core.yaml of this package. */
export function loadCorePack(): PackText {
  return loadBuiltInPack('core');
}

/** A pack that comes with this package, by name; RulesError for one that does not. */
export function loadBuiltInPack(name: string): PackText {
  const folder = new URL('../../config/rules/', import.meta.url);
  const known = readdirSync(folder).map((file) => basename(file, '.yaml'));
  if (!known.includes(name)) {
    throw new RulesError([{ place: 'rules.packs', message: `there is no built-in rule pack "${name}"; there is ${known.join(', ')}` }]);
  }
  return { name, text: readFileSync(new URL(`${name}.yaml`, folder), 'utf8') };
}

/** A person's own rule pack; RulesError when the file cannot be read. What is in it is checked when it is used. */
export function loadPackFile(path: string): PackText {
  try {
    return { name: basename(path), text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new RulesError([{ place: path, message: `the rule pack could not be read: ${messageOf(error)}` }], error);
  }
}
