import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installApplication } from '../../../../src/cli/demo/application.js';
import { DemoError, playDemo, type DemoOptions } from '../../../../src/cli/demo/play-demo.js';
import { PutBack } from '../../../../src/cli/demo/put-back.js';
import { SCENES } from '../../../../src/cli/demo/scenes.js';
import { COLUMNS, PLAIN } from '../../../../src/cli/demo/text.js';
import { openHistory } from '../../../../src/git/open-history.js';
import { systemClock } from '../../../../src/lib/clock.js';
import { Mailbox } from '../../../../src/lib/mailbox.js';
import type { CommitInfo } from '../../../../src/model/tape.js';
import { StandInCluster } from '../../../../src/standin/stand-in-cluster.js';
import { WITH_KEY } from '../../../support/live.js';
import { startMirror, TEST_KEY, withFolder } from '../../../support/mirror-run.js';

describe('demo: playing', () => {
  it('tells the day with a real mirror and a real repository, and every command on it that it suggests works', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'cluster.git');
      const { lines, commits } = await play(repo);
      const text = lines.join('\n');
      for (const scene of SCENES) expect(text).to.contain(scene.title);
      expect(commits.length).to.be.at.least(1 + SCENES.length);
      for (const commit of commits) expect(text).to.contain(commit.oid.slice(0, 7));
      expect(text).to.contain('stand-in cluster (inside this process, not a real one)');
      expect(text).to.contain('scale deployments/cart 2 → 5');
      expect(text).to.contain('-        proxy_read_timeout 30s;').and.contain('+        proxy_read_timeout 3s;');
      expect(text).to.contain('+ create services/web in shop').and.contain('Restored and verified: 1 of 1 planned object');
      expect(text).to.match(/\d+ of \d+ objects of \d+ types are equal to commit/);
      expect(text).to.not.contain('demo-only-');
      expect(lines.filter((line) => [...line].length > COLUMNS && !line.startsWith('  git ') && !line.startsWith('  kubetape '))).to.deep.equal([]);
      const commands = lines.filter((line) => line.startsWith('  kubetape ') && line.includes(repo));
      expect(commands).to.have.length(9);
      const main = join(import.meta.dirname, '../../../../dist/main.js');
      for (const command of commands) {
        const { status, stdout, stderr } = spawnSync('sh', ['-c', command.trim().replace(/^kubetape/, `exec "${process.execPath}" "${main}"`)], { encoding: 'utf8' });
        // Differences (1) and a coverage that is not complete (3) are answers.
        expect([0, 1, 3], `${command}: ${stderr}`).to.include(status);
        expect(stdout, command).to.not.equal('');
      }
    });
  });

  it('fails when a change does not reach the repository, and says which', async () => {
    const options = { ...pieces(new StandInCluster()), patienceMs: 20, committed: (signal: AbortSignal) => new Mailbox<CommitInfo>().take(signal) };
    const thrown = await playDemo(options, new AbortController().signal).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(DemoError);
    expect((thrown as DemoError).message).to.contain('the first picture of the cluster');
  });

  it('ends with what the mirror failed with', async () => {
    const failed = new Error('the disk is full');
    const thrown = await playDemo({ ...pieces(new StandInCluster()), committed: () => Promise.reject(failed) }, new AbortController().signal).catch((error: unknown) => error);
    expect(thrown).to.equal(failed);
  });

  it('ends with the signal\'s reason', async () => {
    const controller = new AbortController();
    const committed = (signal: AbortSignal): Promise<CommitInfo> => new Mailbox<CommitInfo>().take(signal);
    const playing = playDemo({ ...pieces(new StandInCluster()), committed }, controller.signal).catch((error: unknown) => error);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await playing).to.equal(reason);
  });
});

async function play(repo: string): Promise<{ lines: string[]; commits: CommitInfo[] }> {
  const cluster = new StandInCluster();
  installApplication(cluster);
  const mailbox = new Mailbox<CommitInfo>();
  const commits: CommitInfo[] = [];
  const onCommit = (commit: CommitInfo): void => {
    commits.push(commit);
    mailbox.put(commit);
  };
  const running = await startMirror(cluster, repo, { options: WITH_KEY, deps: { onCommit } });
  const lines: string[] = [];
  const print = (line: string): void => { lines.push(line); };
  const putBack = new PutBack({
    cluster, print, palette: PLAIN, clock: systemClock, version: 'test', digestKey: TEST_KEY, journals: join(repo, '..', 'runs'),
    openHistory: (signal) => openHistory({ location: repo, cacheFolder: join(repo, '..', 'cache'), now: Date.now }, signal),
  });
  try {
    await playDemo({ cluster, print, palette: PLAIN, repo, putBack, tape: running.tape, committed: (signal) => mailbox.take(signal) }, AbortSignal.timeout(60_000));
  } finally {
    await running.stop();
  }
  return { lines, commits };
}

/** A demo over a tape that nothing is ever written to. */
function pieces(cluster: StandInCluster): Omit<DemoOptions, 'committed'> {
  const tape: DemoOptions['tape'] = { head: () => null, oidAt: () => null, read: () => Buffer.alloc(0), files: () => [], folders: () => [] };
  return { cluster, print: () => undefined, palette: PLAIN, repo: '/nowhere', tape, putBack: { restore: async () => undefined, prove: async () => undefined } };
}
