import { expect } from 'chai';
import { Rereads, type Reread } from '../../../src/capture/rereads.js';

const WEB: Reread = { path: 'namespaces/shop/deployments.apps/web.yaml', namespace: 'shop', name: 'web' };

/** A read whose answer the test gives. */
function reading(rereads: Rereads, staged: string[]): { answer: (version: string | null) => void; done: Promise<void> } {
  let answer: (version: string | null) => void = () => undefined;
  const read = new Promise<{ version: string } | null>((resolve) => { answer = (version) => resolve(version === null ? null : { version }); });
  return { answer, done: rereads.read(WEB, () => read, ({ version }) => void staged.push(version)) };
}

describe('single reads beside lists and watches', () => {
  it('are staged, and hide what the watch shows of the time before', async () => {
    const rereads = new Rereads();
    const staged: string[] = [];
    const read = reading(rereads, staged);
    read.answer('20');
    await read.done;
    expect(staged).to.deep.equal(['20']);
    expect(rereads.isOutdated(WEB.path, '15')).to.equal(true);
    expect(rereads.isOutdated(WEB.path, '20')).to.equal(true);
    expect(rereads.isOutdated(WEB.path, '21')).to.equal(false);
    expect(rereads.isOutdated(WEB.path, '22')).to.equal(false);
    expect(rereads.watchful).to.equal(false);
  });

  it('are dropped when the watch was faster, a deletion included', async () => {
    const rereads = new Rereads();
    const staged: string[] = [];
    const read = reading(rereads, staged);
    expect(rereads.isOutdated(WEB.path, '30')).to.equal(false);
    read.answer('29');
    await read.done;
    expect(staged).to.deep.equal([]);
  });

  it('wait while a list is under way, which may have begun with the old facts', () => {
    const rereads = new Rereads();
    {
      using _listing = rereads.duringList();
      expect(rereads.waits(WEB)).to.equal(true);
      expect(rereads.due()).to.deep.equal(WEB);
      expect(rereads.due()).to.equal(undefined);
    }
    expect(rereads.waits(WEB)).to.equal(false);
  });

  it('are made again after a list that began while they were under way', async () => {
    const rereads = new Rereads();
    const staged: string[] = [];
    const read = reading(rereads, staged);
    using _listing = rereads.duringList();
    read.answer('20');
    await read.done;
    expect(staged).to.deep.equal([]);
    expect(rereads.due()?.path).to.equal(WEB.path);
  });

  it('of an object that is gone change nothing', async () => {
    const rereads = new Rereads();
    const staged: string[] = [];
    const read = reading(rereads, staged);
    read.answer(null);
    await read.done;
    expect(staged).to.deep.equal([]);
  });
});
