import {
  CORE_SCHEMA, defineScalarTag, floatCoreTag, intCoreTag, load, NOT_RESOLVED, YAMLException,
} from 'js-yaml';
import { isObject, NumberToken, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { DEEPEST, FIRST_OF_NUMBERS, objectTag } from './js-yaml-tags.js';
import { normalNumber } from './scalars.js';
import { YamlError } from './yaml-error.js';

/** RFC 8259 §6, with the exponents that the emitter writes. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** YAML 1.2's core schema, but numbers keep their tokens, whatever a double can hold. */
const SCHEMA = CORE_SCHEMA.withTags(
  defineScalarTag('tag:yaml.org,2002:int', {
    implicit: true,
    implicitFirstChars: [...FIRST_OF_NUMBERS],
    resolve: (source) => (JSON_NUMBER.test(source) ? new NumberToken(source) : otherInteger(source)),
    identify: () => false,
  }),
  defineScalarTag('tag:yaml.org,2002:float', {
    implicit: true,
    implicitFirstChars: [...FIRST_OF_NUMBERS],
    resolve: otherFloat,
    identify: () => false,
  }),
  objectTag(keyName),
);

/**
 * Any YAML 1.2 document (core schema) as an object, read by js-yaml: for files that a person edited, and to judge our own
 * emitter. Numbers are as the own reader returns them. Aliases, several documents, repeated keys, `.inf` and `.nan` are
 * errors. Throws YamlError.
 */
export function readWithJsYaml(text: string): JsonObject {
  const value = normalised(loadOne(text));
  if (!isObject(value)) throw new YamlError('The YAML document is no map', undefined);
  return value;
}

function loadOne(text: string): Json {
  try {
    return load(text, { schema: SCHEMA, maxAliases: 0, maxDepth: DEEPEST }) as Json;
  } catch (error) {
    if (error instanceof YAMLException) throw describeYamlException(error);
    throw error;
  }
}

/** js-yaml's own message shows lines of the document, so it is not passed on, not even as a cause. */
export function describeYamlException(error: YAMLException): YamlError {
  const line = error.mark === undefined ? undefined : error.mark.line + 1;
  const reason = error.reason ?? '';
  if (reason.startsWith('duplicated mapping key')) return new YamlError('Repeated key', line);
  if (reason.startsWith('aliases exceeded')) return new YamlError('Alias', line, 'Write the value out in every place');
  if (reason.startsWith('expected a single document')) return new YamlError('More than one YAML document', line);
  return new YamlError('Malformed YAML', line);
}

/** `0x1f`, `0o17`, `+1`, `007`: not JSON's, but integers of YAML 1.2. */
function otherInteger(source: string): NumberToken | typeof NOT_RESOLVED {
  if (intCoreTag.resolve(source, false, intCoreTag.tagName) as unknown === NOT_RESOLVED) return NOT_RESOLVED;
  const negative = source.startsWith('-');
  const magnitude = BigInt(source.replace(/^[-+]/, '')).toString();
  return new NumberToken(negative ? `-${magnitude}` : magnitude);
}

/** `.5`, `1.`, `+1.5`. */
function otherFloat(source: string): NumberToken | typeof NOT_RESOLVED {
  const value: unknown = floatCoreTag.resolve(source, false, floatCoreTag.tagName);
  return typeof value === 'number' && Number.isFinite(value) ? new NumberToken(String(value)) : NOT_RESOLVED;
}

/** Kubernetes' keys are strings: `8080: x` has the key "8080", as with kubectl. */
function keyName(key: unknown): string | null {
  if (key instanceof NumberToken) return key.text;
  if (typeof key === 'string') return key;
  return key === null || typeof key === 'boolean' ? String(key) : null;
}

/** Tokens that a double can hold become numbers. */
function normalised(value: Json): Json {
  if (value instanceof NumberToken) return normalNumber(value);
  if (Array.isArray(value)) return value.map(normalised);
  if (!isObject(value)) return value;
  for (const key of Object.keys(value)) setOwn(value, key, normalised(value[key] as Json));
  return value;
}
