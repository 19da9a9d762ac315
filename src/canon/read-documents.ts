import { boolYaml11Tag, CORE_SCHEMA, defineScalarTag, loadAll, mergeTag, NOT_RESOLVED, nullYaml11Tag, YAMLException } from 'js-yaml';
import { NumberToken, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { numberOf } from '../lib/json-tokenizer.js';
import { parseJson } from '../lib/parse-json.js';
import { describeYamlException } from './js-yaml-reader.js';
import { DEEPEST, FIRST_OF_NUMBERS, objectTag } from './js-yaml-tags.js';
import { YamlError } from './yaml-error.js';

/** What aliases may add to the values that a text writes out. */
const MOST_ALIASED = 1_000_000;

const INTEGER = /^[-+]?(?:0b[01]+|0o[0-7]+|0x[0-9a-fA-F]+|\d+)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * Scalars as kubectl reads them, which reads YAML 1.1 (go-yaml 2; tried with `kubectl annotate --local`): `0644` is 420, `yes`
 * is true, `1_000` is 1000, `<<` merges, `190:20:30` and dates are texts. Integers of any size are exact.
 */
const SCHEMA = CORE_SCHEMA.withTags(
  boolYaml11Tag,
  nullYaml11Tag,
  mergeTag,
  defineScalarTag('tag:yaml.org,2002:int', { implicit: true, implicitFirstChars: [...FIRST_OF_NUMBERS], resolve: integerOf, identify: () => false }),
  defineScalarTag('tag:yaml.org,2002:float', { implicit: true, implicitFirstChars: [...FIRST_OF_NUMBERS], resolve: floatOf, identify: () => false }),
  objectTag(keyName),
);

/**
 * The documents of a YAML stream (or one JSON text) that a person or a program like Helm wrote, empty ones as null.
 * Integers keep their tokens, other numbers become what kubectl sends of them. Values of aliases are written out, at most a
 * million. Throws YamlError, which names the line and quotes nothing.
 */
export function readDocuments(text: string): Json[] {
  const json = jsonOf(text);
  if (json !== undefined) return [asSent(json)];
  let documents: unknown[];
  try {
    documents = loadAll(text, { schema: SCHEMA, maxDepth: DEEPEST });
  } catch (error) {
    if (error instanceof YAMLException) throw describeYamlException(error);
    throw error;
  }
  const writer = new AliasWriter(text.length + MOST_ALIASED);
  return documents.map((document) => writer.written(document as Json, 0));
}

/** undefined: not JSON, though it may be YAML that starts like it. */
function jsonOf(text: string): Json | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Copies what js-yaml returns: aliases of one value share it there, so that a few of them can stand for more than memory holds. */
class AliasWriter {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  written(value: Json, depth: number): Json {
    if (this.#left-- <= 0) throw new YamlError('The aliases of the YAML document stand for too many values', undefined, 'Write the values out');
    if (depth > DEEPEST) throw new YamlError('The YAML document is nested too deeply', undefined);
    if (Array.isArray(value)) return value.map((item) => this.written(item, depth + 1));
    if (typeof value !== 'object' || value === null || value instanceof NumberToken) return value;
    const copy: JsonObject = {};
    for (const key of Object.keys(value)) setOwn(copy, key, this.written(value[key] as Json, depth + 1));
    return copy;
  }
}

function integerOf(source: string): number | NumberToken | typeof NOT_RESOLVED {
  const text = source.replaceAll('_', '');
  if (!INTEGER.test(text)) return NOT_RESOLVED;
  const digits = text.replace(/^[-+]/, '');
  // `08` is no octal number, and so a decimal one.
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return numberOf((text.startsWith('-') ? -magnitude : magnitude).toString());
}

function floatOf(source: string): number | typeof NOT_RESOLVED {
  const text = source.replaceAll('_', '');
  const value = FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : NOT_RESOLVED;
}

/** A number of a JSON text as kubectl sends it: an integer as it is, anything else as the shortest text of a double. */
function asSent(value: Json): Json {
  if (value instanceof NumberToken) return /^-?\d+$/.test(value.text) || !Number.isFinite(Number(value.text)) ? value : Number(value.text);
  if (Array.isArray(value)) return value.map(asSent);
  if (typeof value !== 'object' || value === null) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, asSent(value[key] as Json));
  return copy;
}

/** Keys of objects are texts: `8080: x` has the key "8080". */
function keyName(key: unknown): string | null {
  if (key instanceof NumberToken) return key.text;
  if (typeof key === 'string') return key;
  return typeof key === 'number' || typeof key === 'boolean' ? String(key) : null;
}
