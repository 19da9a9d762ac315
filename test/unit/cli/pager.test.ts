import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { paged, type PagedContext, type Write } from '../../../src/cli/pager.js';
import { noActivity } from '../../../src/cli/render/progress.js';
import { readEnvironment } from '../../../src/config/env.js';
import { EXIT } from '../../../src/lib/exit-codes.js';
import { withTempDir } from '../../support/repo.js';
import { fakeStreams } from './fake-streams.js';

const LONG = Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join('');

describe('cli/pager', () => {
  let held: number;
  beforeEach(() => { held = 0; });

  /** A terminal of 24 lines, with this pager. */
  function terminal(pager: string | undefined, root = new AbortController(), rows = 24) {
    const streams = { ...fakeStreams(), outIsTerminal: true, outSize: () => ({ columns: 80, rows }) };
    const context: PagedContext = {
      streams,
      signal: root.signal,
      environment: { ...readEnvironment({}), pager },
      activity: noActivity,
      holdInterrupts() {
        held += 1;
        return { [Symbol.dispose]() { held -= 1; } };
      },
    };
    return { context, streams };
  }

  const writes = (...texts: string[]) => async (write: Write) => {
    for (const text of texts) await write(text);
    return EXIT.no;
  };

  it('prints what fits on the screen without a pager', async () => {
    const { context, streams } = terminal('false');

    expect(await paged(context, {}, writes('a\n', 'b\n'))).to.equal(EXIT.no);
    expect(streams.stdout()).to.equal('a\nb\n');
  });

  it('sends what is longer through the pager, whole and in order', () => withTempDir(async (folder) => {
    const { context, streams } = terminal(`cat > ${folder}/seen`);

    expect(await paged(context, {}, writes('first\n', LONG, 'last\n'))).to.equal(EXIT.no);
    expect(readFileSync(join(folder, 'seen'), 'utf8')).to.equal(`first\n${LONG}last\n`);
    expect(streams.stdout()).to.equal('');
    expect(held).to.equal(0);
  }));

  it('counts lines that are wider than the screen as several', () => withTempDir(async (folder) => {
    const { context } = terminal(`cat > ${folder}/seen`);

    await paged(context, {}, writes(`${'x'.repeat(80 * 30)}\n`));
    expect(existsSync(join(folder, 'seen'))).to.equal(true);
  }));

  it('shows what has waited for half a second, and what comes later as it comes', () => withTempDir(async (folder) => {
    const { context } = terminal(`tee ${folder}/seen > ${folder}/also`);
    const seen = (): string => (existsSync(join(folder, 'seen')) ? readFileSync(join(folder, 'seen'), 'utf8') : '');

    await paged(context, {}, async (write) => {
      await write('early\n');
      while (seen() !== 'early\n') await new Promise((resolve) => { setImmediate(resolve); });
      await write('late\n');
      while (seen() !== 'early\nlate\n') await new Promise((resolve) => { setImmediate(resolve); });
      return EXIT.done;
    });
  }));

  it('starts none with --no-pager, for cat, for an empty variable, without a terminal', async () => {
    for (const [pager, options, isTerminal] of [['false', { pager: false }, true], ['cat', {}, true], ['', {}, true], ['false', {}, false]] as const) {
      const { context, streams } = terminal(pager);
      const code = await paged({ ...context, streams: { ...streams, outIsTerminal: isTerminal } }, options, writes(LONG));
      expect([code, streams.stdout()], `${pager} ${String(isTerminal)}`).to.deep.equal([EXIT.no, LONG]);
    }
  });

  it('prints plainly when there is no such pager', async () => {
    const { context, streams } = terminal('no-such-pager-anywhere -x');

    expect(await paged(context, {}, writes('first\n', LONG, 'last\n'))).to.equal(EXIT.no);
    expect(streams.stdout()).to.equal(`first\n${LONG}last\n`);
  });

  it('ends the work without a word when the person leaves the pager', async () => {
    const { context, streams } = terminal('head -n 1 > /dev/null');
    let aborted = false;

    const code = await paged(context, {}, async (write, signal) => {
      for (;;) {
        aborted = signal.aborted;
        signal.throwIfAborted();
        await write(LONG);
      }
    });

    expect([code, aborted, streams.stderr()]).to.deep.equal([EXIT.done, true, '']);
  });

  it('lets the pager end before an interrupted command does', () => withTempDir(async (folder) => {
    const root = new AbortController();
    const { context } = terminal(`cat > ${folder}/seen; echo through >> ${folder}/seen`, root);
    const why = new Error('Interrupted');

    const error: unknown = await paged(context, {}, async (write, signal) => {
      await write(LONG);
      root.abort(why);
      signal.throwIfAborted();
      return EXIT.done;
    }).catch((thrown: unknown) => thrown);

    expect(error).to.equal(why);
    expect(readFileSync(join(folder, 'seen'), 'utf8')).to.equal(`${LONG}through\n`);
  }));

  it('lets an error of the command be told after the pager', () => withTempDir(async (folder) => {
    const { context } = terminal(`cat > ${folder}/seen`);

    const error: unknown = await paged(context, {}, async (write) => {
      await write(LONG);
      throw new Error('broken repository');
    }).catch((thrown: unknown) => thrown);

    expect(error).to.have.property('message', 'broken repository');
    expect(readFileSync(join(folder, 'seen'), 'utf8')).to.equal(LONG);
  }));

  it('aborts the work when a pipe behind it is closed', async () => {
    const closing = new AbortController();
    const { context } = terminal(undefined);
    const streams = { ...fakeStreams(), outClosed: closing.signal };

    const code = await paged({ ...context, streams }, {}, async (write, signal) => {
      await write(LONG);
      closing.abort();
      signal.throwIfAborted();
      return EXIT.no;
    });

    expect(code).to.equal(EXIT.done);
  });

  it('waits for a slow reader', () => withTempDir(async (folder) => {
    const { context } = terminal(`sleep 0.3; cat > ${folder}/seen`);
    let written = 0;
    let most = 0;

    await paged(context, {}, async (write) => {
      for (let i = 0; i < 200; i++) {
        const done = write(LONG.repeat(40));
        written += 1;
        await done;
        most = Math.max(most, written);
        if (existsSync(join(folder, 'seen'))) break;
      }
      return EXIT.done;
    });

    // 200 texts are 4 MB; a pipe and its buffer hold a hundredth of that.
    expect(most).to.be.below(50);
  }));
});
