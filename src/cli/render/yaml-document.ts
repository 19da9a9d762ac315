import type { Json, JsonObject } from '../../lib/json.js';
import { yamlText } from './yaml-text.js';

/** Plain data (as JSON.stringify takes it) as one YAML document with the same members. */
export function toYamlDocument(value: unknown): string {
  const plain = JSON.parse(JSON.stringify(value)) as Json;
  return yamlText((Array.isArray(plain) ? { items: plain } : plain) as JsonObject);
}
