import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { systemClock } from '../../../src/lib/clock.js';

describe('lib/clock', () => {
  it('sleeps at least as long as asked and leaves no listener', async () => {
    const { signal } = new AbortController();
    const before = performance.now();

    await systemClock.sleep(20, signal);

    expect(performance.now() - before).to.be.at.least(18);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });

  it('rejects with the reason of the signal, also when it was aborted before', async () => {
    const controller = new AbortController();
    const reason = new Error('leave');
    const sleeping = systemClock.sleep(60_000, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);

    expect(await sleeping).to.equal(reason);
    expect(await systemClock.sleep(60_000, controller.signal).catch((error: unknown) => error)).to.equal(reason);
  });

  it('does not fire at once for a delay above the longest timer', async () => {
    const controller = new AbortController();
    let woke = false;
    const sleeping = systemClock.sleep(2 ** 33, controller.signal).then(() => { woke = true; }, () => undefined);
    await systemClock.sleep(30, new AbortController().signal);
    controller.abort();
    await sleeping;

    expect(woke).to.equal(false);
  });
});
