import { expect } from 'chai';
import type { Committer } from '../../../src/capture/committer.js';
import { Window } from '../../../src/capture/window.js';
import type { Clock } from '../../../src/lib/clock.js';
import { SILENT } from '../../../src/lib/log.js';
import { RepositoryError } from '../../../src/model/repository-error.js';

/** Time that passes when the test says so. */
class HandClock implements Clock {
  #now = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
    });
  }

  /** Lets time pass, and everything run that is due. */
  async pass(ms: number): Promise<void> {
    await settle();
    this.#now += ms;
    const due = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('the window of a commit', () => {
  const commits: number[] = [];
  let clock: HandClock;
  let window: Window;
  let stop: AbortController;
  let held: Promise<void>;
  let fail: Error | null;
  let running: Promise<void>;

  beforeEach(() => {
    commits.length = 0;
    clock = new HandClock();
    stop = new AbortController();
    held = Promise.resolve();
    fail = null;
    const committer = {
      commit(): null {
        if (fail !== null) throw fail;
        commits.push(clock.now());
        return null;
      },
    } as unknown as Committer;
    window = new Window(1000, committer, { clock, log: SILENT, random: () => 0, held: () => held, failed: () => undefined });
    running = window.run(stop.signal);
    running.catch(() => undefined);
  });

  afterEach(async () => {
    stop.abort();
    await running.catch(() => undefined);
  });

  it('commits nothing while nothing changes', async () => {
    await clock.pass(60_000);
    expect(commits).to.deep.equal([]);
  });

  it('opens with the first change and is not prolonged by later ones', async () => {
    await clock.pass(500);
    window.opened();
    for (let step = 0; step < 9; step++) {
      await clock.pass(100);
      window.opened();
    }
    expect(commits).to.deep.equal([]);
    await clock.pass(100);
    expect(commits).to.deep.equal([1500]);
  });

  it('opens again for a change that came while it was open', async () => {
    window.opened();
    await clock.pass(900);
    window.opened();
    await clock.pass(100);
    expect(commits).to.deep.equal([1000]);
    await clock.pass(1000);
    expect(commits).to.deep.equal([1000, 2000]);
    await clock.pass(10_000);
    expect(commits).to.have.length(2);
  });

  it('waits as long as commits are held', async () => {
    let release = (): void => undefined;
    held = new Promise((resolve) => { release = resolve; });
    window.opened();
    await clock.pass(5000);
    expect(commits).to.deep.equal([]);
    release();
    await clock.pass(0);
    expect(commits).to.deep.equal([5000]);
  });

  it('tries again after a failure that may pass, without another change', async () => {
    fail = new RepositoryError('FULL', 'No space left');
    window.opened();
    await clock.pass(1000);
    fail = null;
    await clock.pass(60_000);
    await clock.pass(1000);
    expect(commits).to.have.length(1);
  });

  it('ends with an error that does not pass', async () => {
    fail = new RepositoryError('DAMAGED', 'A pack is broken');
    window.opened();
    await clock.pass(1000);
    expect(await running.then(() => null, (error: Error) => error.message)).to.equal('A pack is broken');
  });
});
