import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { Limit } from '../../../src/lib/limit.js';
import { WaitingLine } from '../../../src/lib/waiting-line.js';

describe('a line of those who wait', () => {
  it('wakes them in the order in which they came, and says when nobody waits', async () => {
    const line = new WaitingLine();
    const { signal } = new AbortController();
    const order: number[] = [];
    const all = Array.from({ length: 5000 }, (_, i) => line.wait(signal).then(() => { order.push(i); }));
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    while (line.next());
    await Promise.all(all);
    expect(order).to.deep.equal(Array.from({ length: 5000 }, (_, i) => i));
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    expect(line.next()).to.equal(false);
  });

  it('rejects those of a signal that aborts, and no others', async () => {
    const line = new WaitingLine();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [line.wait(one.signal), line.wait(two.signal), line.wait(one.signal)];
    one.abort(new Error('enough'));
    const early = await Promise.allSettled([waiting[0], waiting[2]]);
    expect(early.map((each) => (each.status === 'rejected' ? (each.reason as Error).message : 'woken'))).to.deep.equal(['enough', 'enough']);
    expect(line.next()).to.equal(true);
    await waiting[1];
    expect(line.next()).to.equal(false);
    expect(await line.wait(one.signal).catch((error: unknown) => (error as Error).message)).to.equal('enough');
  });

  it('gives the place of one who left to the next of a limit', async () => {
    const limit = new Limit(1);
    const [one, two] = [new AbortController(), new AbortController()];
    const held = await limit.take(two.signal);
    const left = limit.take(one.signal).catch(() => 'left');
    const next = limit.take(two.signal);
    one.abort();
    expect(await left).to.equal('left');
    held[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    (await limit.take(two.signal))[Symbol.dispose]();
  });
});
