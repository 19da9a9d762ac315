import { expect } from 'chai';
import { mapLimited } from '../../../src/lib/map-limited.js';

describe('mapLimited', () => {
  const { signal } = new AbortController();
  const turn = (): Promise<void> => new Promise((done) => { setImmediate(done); });

  it('answers in the order of the items, and never has more under way than allowed', async () => {
    let running = 0;
    let most = 0;
    const answers = await mapLimited(Array.from({ length: 50 }, (_, i) => i), 7, signal, async (item) => {
      most = Math.max(most, ++running);
      for (let n = item % 5; n > 0; n--) await turn();
      running--;
      return item * 2;
    });
    expect(answers).to.deep.equal(Array.from({ length: 50 }, (_, i) => i * 2));
    expect(most).to.equal(7);
  });

  it('begins nothing after a failure, tells those under way, and throws it when they have ended', async () => {
    const begun: number[] = [];
    let ended = false;
    const failed = mapLimited([0, 1, 2, 3], 2, signal, async (item, stop) => {
      begun.push(item);
      if (item === 0) throw new Error('broken');
      while (!stop.aborted) await turn();
      await turn();
      ended = true;
    });
    const error: unknown = await failed.catch((reason: unknown) => reason);
    expect((error as Error).message).to.equal('broken');
    expect(begun).to.deep.equal([0, 1]);
    expect(ended).to.equal(true);
  });

  it('throws the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const all = mapLimited([1, 2, 3], 1, controller.signal, async () => { controller.abort(reason); await turn(); });
    expect(await all.catch((error: unknown) => error)).to.equal(reason);
  });

  it('has nothing to do for no items', async () => {
    expect(await mapLimited([], 4, signal, () => Promise.reject(new Error('never')))).to.deep.equal([]);
  });
});
