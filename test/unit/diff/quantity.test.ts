import { expect } from 'chai';
import fc from 'fast-check';
import { quantityValue } from '../../../src/diff/quantity.js';
import { isSameValue } from '../../../src/diff/same-value.js';
import { NumberToken, type Json } from '../../../src/lib/json.js';
import { propertyRuns } from '../../support/scale.js';

const EQUAL: readonly (readonly Json[])[] = [
  ['1', 1, '1000m', '1000000u', '1000000000n', '1e0', '+1', '1.0', '1.', '0.001k', new NumberToken('1.0')],
  ['1Gi', '1024Mi', '1048576Ki', '1073741824', 1_073_741_824, '1.073741824G'],
  ['0.5', '500m', '.5', '5e-1', '5E-1'],
  ['1e3', '1k', '1000', '1E3', '1000e0'],
  ['1E', '1000P', '1e18'],
  ['0', '-0', '0Gi', '0e5', 0],
  ['9007199254740993', new NumberToken('9007199254740993'), '9007199254740993000m'],
  ['-1', '-1000m'],
];

describe('quantities', () => {
  it('are equal when their exact values are', () => {
    for (const same of EQUAL) expect(new Set(same.map(quantityValue)).size, JSON.stringify(same)).to.equal(1);
  });

  it('differ when their exact values do', () => {
    const values = EQUAL.map(([first]) => quantityValue(first ?? null));
    expect(new Set([...values, quantityValue('1G'), quantityValue('9007199254740992'), quantityValue('0.1'), quantityValue('0.10000000000000000001')]).size).to.equal(EQUAL.length + 4);
  });

  it('are told from other texts, whatever these cost to read', () => {
    const others: Json[] = ['', '.', 'm', '1 Gi', '1gi', '1KI', '1b', '0x1', '1e', '1e1.5', '--1', '1_000', 'Infinity', '1e99999999999', `1${'0'.repeat(100)}`, true, null, {}, ['1']];
    for (const other of others) expect(quantityValue(other), JSON.stringify(other)).to.equal(null);
    expect(quantityValue('1e999999999')).to.equal('1e999999999');
  });

  it('have the value that arithmetic gives them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G'), (count, suffix) => {
        const nanos = BigInt(count) * 10n ** BigInt({ n: 0, u: 3, m: 6, '': 9, k: 12, M: 15, G: 18 }[suffix] ?? 0);
        expect(quantityValue(`${count}${suffix}`)).to.equal(quantityValue(`${nanos}n`));
      }),
      propertyRuns(300),
    );
  });

  it('are compared at the places of Kubernetes only', () => {
    const places: (string | number)[][] = [
      ['spec', 'containers', 0, 'resources', 'limits', 'cpu'], ['spec', 'containers', 0, 'resources', 'requests', 'hugepages-2Mi'],
      ['spec', 'capacity', 'storage'], ['capacity'], ['spec', 'hard', 'requests.cpu'], ['spec', 'limits', 0, 'defaultRequest', 'memory'], ['overhead', 'podFixed', 'cpu'],
      ['spec', 'volumes', 0, 'emptyDir', 'sizeLimit'], ['spec', 'containers', 0, 'env', 0, 'valueFrom', 'resourceFieldRef', 'divisor'],
      ['spec', 'metrics', 0, 'resource', 'target', 'averageValue'], ['spec', 'metrics', 0, 'object', 'target', 'value'], ['spec', 'volumeClaimTemplates', 0, 'spec', 'resources', 'requests', 'storage'],
    ];
    const elsewhere: (string | number)[][] = [['data', 'sizeLimit'], ['metadata', 'annotations', 'limits', 'cpu'], ['spec', 'containers', 0, 'env', 0, 'value'], ['spec', 'containers', 0, 'args', 0], ['spec', 'max', 'cpu'], ['value'], ['spec', 'image']];

    for (const keys of places) expect(isSameValue('1', '1000m', keys), keys.join('.')).to.equal(true);
    for (const keys of elsewhere) expect(isSameValue('1', '1000m', keys), keys.join('.')).to.equal(false);
  });
});
