import { expect } from 'chai';
import { Coverage, FLAP_MS } from '../../../src/capture/coverage.js';
import type { ResourceType } from '../../../src/model/resource-type.js';

const type = (resource: string): ResourceType => ({ group: '', version: 'v1', resource, kind: resource, namespaced: true, watchable: true });
const PODS = type('pods');
const SECRETS = type('secrets');
const forbidden = { state: 'partial', reason: '403 Forbidden' } as const;

describe('coverage', () => {
  let now = 0;
  const of = (flapMs?: number): Coverage => new Coverage(() => now, flapMs);
  beforeEach(() => { now = 0; });

  it('takes the first answer at once: there was nothing before', () => {
    const coverage = of();
    coverage.set(PODS, undefined, { state: 'pending' });
    coverage.set(PODS, undefined, { state: 'complete' });
    expect(coverage.render()).to.match(/pods:\n {4}state: complete/);
    expect(coverage.summary()).to.equal('complete');
  });

  it('writes down what lasted five minutes, and no flap', () => {
    const coverage = of();
    coverage.set(PODS, undefined, { state: 'complete' });
    const before = coverage.render();
    coverage.set(PODS, undefined, forbidden);
    now = FLAP_MS - 1;
    expect(coverage.render()).to.equal(before);
    expect(coverage.summary()).to.equal('complete');
    expect(coverage.unsynced()).to.deep.equal([{ type: 'pods', namespace: undefined, reason: '403 Forbidden' }]);
    coverage.set(PODS, undefined, { state: 'complete' });
    coverage.set(PODS, undefined, forbidden);
    now = FLAP_MS + 1;
    expect(coverage.render(), 'trouble that began anew').to.equal(before);
    now = 2 * FLAP_MS;
    expect(coverage.render()).to.contain('state: partial').and.contain('403 Forbidden');
    expect(coverage.summary()).to.equal('partial (1 of 1 types: pods)');
  });

  it('goes on after a restart from what was written down', () => {
    const first = of();
    first.set(PODS, undefined, { state: 'complete' });
    const second = of();
    second.restore(first.render());
    second.set(PODS, undefined, { state: 'pending' });
    second.set(PODS, undefined, forbidden);
    expect(second.render()).to.equal(first.render());
    now = FLAP_MS;
    expect(second.render()).to.contain('partial');
  });

  it('of an export says how it is now', () => {
    const coverage = of(0);
    coverage.set(PODS, undefined, { state: 'complete' });
    coverage.set(PODS, undefined, forbidden);
    expect(coverage.summary()).to.equal('partial (1 of 1 types: pods)');
  });

  it('names the namespaces of a type that is listed by namespace, and the rules that skip', () => {
    const coverage = of();
    coverage.set(SECRETS, 'red', { state: 'complete' });
    coverage.set(SECRETS, 'blue', forbidden);
    coverage.skip(PODS, 'core/skip-pods');
    expect(coverage.render()).to.match(/state: by namespace/).and.match(/blue:\n\s+reason: 403 Forbidden\n\s+state: partial/).and.match(/red:\n\s+state: complete/).and.contain('core/skip-pods');
    coverage.forget(SECRETS, 'blue');
    expect(coverage.unsynced()).to.deep.equal([]);
  });

  it('keeps a hostile reason on one line', () => {
    const coverage = of();
    coverage.set(PODS, undefined, { state: 'partial', reason: 'no\nsecrets: {state: complete}\u2028x' });
    expect(coverage.render().split('\n').filter((line) => line.includes('secrets'))).to.have.length(1);
    expect(coverage.render()).to.not.match(/^\s*secrets:/m);
  });
});
