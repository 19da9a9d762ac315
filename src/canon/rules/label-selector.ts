import { own, type JsonObject } from '../../lib/json.js';

type Requirement = (labels: JsonObject) => boolean;

const KEY = /^(?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const REQUIREMENT = /^(?<not>!)?\s*(?<key>[^\s=!,()]+)\s*(?:(?<op>==?|!=)\s*(?<value>[^\s,()=!]*)|\s(?<set>in|notin)\s*\((?<values>[^()]*)\))?$/;

/**
 * A label selector in the syntax of `kubectl -l`: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`,
 * joined by commas. As in Kubernetes, `!=` and `notin` also hold where the label is absent.
 */
export class LabelSelector {
  readonly #requirements: readonly Requirement[];

  /** Throws SyntaxError that says which requirement cannot be read. */
  constructor(text: string) {
    this.#requirements = split(text).map(parseRequirement);
  }

  matches(labels: JsonObject): boolean {
    return this.#requirements.every((holds) => holds(labels));
  }
}

/** Splits at commas outside of parentheses. */
function split(text: string): string[] {
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  if (parts.length === 1 && parts[0] === '') throw new SyntaxError('The selector is empty');
  return parts;
}

function parseRequirement(text: string): Requirement {
  const { not, key, op, value, set, values } = REQUIREMENT.exec(text)?.groups ?? {};
  if (key === undefined || !KEY.test(key) || (not !== undefined && (op ?? set) !== undefined)) {
    throw new SyntaxError(`"${text}" is no label requirement`);
  }
  if (not !== undefined) return (labels) => !Object.hasOwn(labels, key);
  if (op === undefined && set === undefined) return (labels) => Object.hasOwn(labels, key);
  const wanted = op === undefined ? (values ?? '').split(',').map((item) => item.trim()) : [value ?? ''];
  const wrong = wanted.find((item) => !VALUE.test(item));
  if (wrong !== undefined) throw new SyntaxError(`"${wrong}" is no label value`);
  const accepted = new Set<unknown>(wanted);
  const positive = op === '=' || op === '==' || set === 'in';
  return positive ? (labels) => accepted.has(own(labels, key)) : (labels) => !accepted.has(own(labels, key));
}
