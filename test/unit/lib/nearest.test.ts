import { expect } from 'chai';
import { nearest } from '../../../src/lib/nearest.js';

describe('lib/nearest', () => {
  const keys = ['cluster', 'repository', 'secrets', 'window', 'log'];

  it('guesses what was meant by a slip', () => {
    expect(['windwo', 'repositry', 'secret', 'Cluster', 'lgo', 'logs'].map((word) => nearest(word, keys))).to.deep.equal([
      'window', 'repository', 'secrets', 'cluster', 'log', 'log',
    ]);
  });

  it('guesses nothing for another word', () => {
    expect(['banana', 'x', '', 'kubeconfig'].map((word) => nearest(word, keys))).to.deep.equal([undefined, undefined, undefined, undefined]);
  });
});
