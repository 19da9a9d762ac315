import { load } from 'js-yaml';

/** Plain data of one YAML document written by people or other programs; throws YAMLException. */
export function parseYaml(text: string): unknown {
  return load(text);
}
