import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pagerEnvironment, readEnvironment } from '../../../src/config/env.js';

describe('config/env', () => {
  it('finds the folder for what can be made again', () => {
    const ours = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'kubetape') : join(homedir(), '.cache', 'kubetape');

    expect(readEnvironment({ XDG_CACHE_HOME: '/var/cache/me' }).cacheFolder).to.equal('/var/cache/me/kubetape');
    expect(readEnvironment({ XDG_CACHE_HOME: 'relative' }).cacheFolder).to.equal(ours);
    expect(readEnvironment({}).cacheFolder).to.equal(ours);
  });

  it('takes our pager before the general one, and an empty one for none', () => {
    expect(readEnvironment({ KUBETAPE_PAGER: 'bat', PAGER: 'more' }).pager).to.equal('bat');
    expect(readEnvironment({ PAGER: 'more' }).pager).to.equal('more');
    expect(readEnvironment({ KUBETAPE_PAGER: '', PAGER: 'more' }).pager).to.equal('');
    expect(readEnvironment({}).pager).to.equal(undefined);
  });

  it('sets LESS for a pager unless it is set', () => {
    expect(pagerEnvironment({ HOME: '/x' })).to.deep.include({ LESS: 'FRX', HOME: '/x' });
    expect(pagerEnvironment({ LESS: 'i' })['LESS']).to.equal('i');
  });

  it('takes KUBETAPE_PAGER for no mistake, a misspelling of it for one', () => {
    expect(readEnvironment({ KUBETAPE_PAGER: 'bat' }).mistakes).to.deep.equal([]);
    expect(readEnvironment({ KUBETAPE_PAGRE: 'bat' }).mistakes[0]?.text).to.contain('KUBETAPE_PAGER');
  });
});
