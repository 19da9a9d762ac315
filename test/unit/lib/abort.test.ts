import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { isAbort, linked, onAbort } from '../../../src/lib/abort.js';

describe('lib/abort', () => {
  it('tells an abort from a failure', () => {
    const reason = new Error('shutting down');
    const controller = new AbortController();
    controller.abort(reason);

    expect(isAbort(new DOMException('x', 'AbortError'))).to.equal(true);
    expect(isAbort(reason, controller.signal)).to.equal(true);
    expect(isAbort(reason)).to.equal(false);
    expect(isAbort(new Error('broken'), controller.signal)).to.equal(false);
  });

  it('calls the listener once on abort, and not after it was disposed of', () => {
    const controller = new AbortController();
    let kept = 0;
    let dropped = 0;
    onAbort(controller.signal, () => { kept += 1; });
    onAbort(controller.signal, () => { dropped += 1; })[Symbol.dispose]();

    controller.abort();
    controller.abort();

    expect([kept, dropped]).to.deep.equal([1, 0]);
  });

  it('does not call a listener that another one disposed of in the same abort', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => { called.push('first'); second[Symbol.dispose](); });
    const second = onAbort(controller.signal, () => { called.push('second'); });
    onAbort(controller.signal, () => { called.push('third'); });

    controller.abort();

    expect(called).to.deep.equal(['first', 'third']);
  });

  it('calls the listener when the signal was aborted before', async () => {
    await new Promise<void>((resolve) => { onAbort(AbortSignal.abort(), resolve); });
  });

  it('hands the reason of the parent to a linked controller, but not the other way', () => {
    const parent = new AbortController();
    using first = linked(parent.signal);
    using second = linked(parent.signal);

    first.abort('own');
    expect([parent.signal.aborted, second.signal.aborted]).to.deep.equal([false, false]);
    parent.abort('end');

    expect(first.signal.reason).to.equal('own');
    expect(second.signal.reason).to.equal('end');
    expect(linked(parent.signal).signal.reason).to.equal('end');
  });

  it('leaves nothing on a long-lived parent', () => {
    const parent = new AbortController();

    for (let i = 0; i < 1000; i += 1) {
      using _child = linked(parent.signal);
    }

    expect(getEventListeners(parent.signal, 'abort')).to.have.length(0);
  });
});
