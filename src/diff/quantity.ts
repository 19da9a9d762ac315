import { NumberToken, type Json } from '../lib/json.js';

/** Longer texts are no quantities of anybody's; it bounds the work. */
const LONGEST = 64;

/** Number and suffix or exponent (k8s.io/apimachinery, pkg/api/resource: quantity.go). */
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,9})|([numkMGTPE]|[KMGTPE]i))?$/;

const TENS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = 'KMGTPE';

/**
 * The exact value of a quantity (`1`, `1000m`, `0.5`, `1e3`, `1Gi`) as a normal text, so that two quantities are equal when
 * their texts are; null for what is none. Decimal arithmetic without floats.
 */
export function quantityValue(value: Json): string | null {
  const text = value instanceof NumberToken ? value.text : typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > LONGEST) return null;
  const [, sign = '', digits, exponent, suffix = ''] = QUANTITY.exec(text) ?? [];
  if (digits === undefined) return null;
  const [whole = '', fraction = ''] = digits.split('.');
  let mantissa = BigInt(whole + fraction);
  if (mantissa === 0n) return '0';
  if (suffix.endsWith('i')) mantissa *= 1024n ** BigInt(BINARY.indexOf(suffix.charAt(0)) + 1);
  const ten = Number(exponent ?? 0) + (suffix.endsWith('i') ? 0 : (TENS[suffix] ?? 0)) - fraction.length;
  const all = mantissa.toString();
  const significant = all.replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${significant}e${ten + all.length - significant.length}`;
}
