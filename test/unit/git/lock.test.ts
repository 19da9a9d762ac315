import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodeRecord, ownRecord, type LockRecord } from '../../../src/git/lock-record.js';
import { RepositoryLock } from '../../../src/git/lock.js';
import { expectCode, newFolder, removeFolders } from './support.js';

const FAST = { staleMs: 120, pollMs: 10 };
const ELSEWHERE: Partial<LockRecord> = { bootId: 'another-boot', host: 'pod-1', pid: 1 };

function leave(folder: string, record: Partial<LockRecord>): string {
  const path = join(folder, 'kubetape.lock');
  writeFileSync(path, encodeRecord({ ...ownRecord(), ...record }));
  return path;
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid as number;
}

describe('lock of a repository', () => {
  afterEach(removeFolders);

  it('is refused to a second writer, with the holder named, and free again after release', async () => {
    const folder = newFolder();
    const first = await RepositoryLock.acquire(folder);
    const error = await expectCode('LOCKED', () => RepositoryLock.acquire(folder));
    expect(error.message).to.contain(`process ${process.pid}`);
    expect(error.hint).to.contain('kubetape.lock');
    first.release();
    (await RepositoryLock.acquire(folder)).release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('takes over at once from a process of this host that is gone', async () => {
    const folder = newFolder();
    leave(folder, { pid: await deadPid(), gitLock: { path: 'refs/heads/main.lock', oid: 'a'.repeat(40) } });
    const lock = await RepositoryLock.acquire(folder, { onWait: () => expect.fail('waited') });
    expect(lock.predecessor?.gitLock?.path).to.equal('refs/heads/main.lock');
    lock.release();
  });

  it('takes over from a process whose id belongs to a later one', async () => {
    const folder = newFolder();
    leave(folder, { startTime: '1' });
    (await RepositoryLock.acquire(folder)).release();
  });

  it('waits for the heartbeat of a holder in another container, and takes over when it stands still', async () => {
    for (const record of [ELSEWHERE, { ...ELSEWHERE, bootId: ownRecord().bootId, pidNamespace: 'pid:[1]' }]) {
      const folder = newFolder();
      leave(folder, record);
      const waits: string[] = [];
      const lock = await RepositoryLock.acquire(folder, { ...FAST, onWait: ({ host }) => waits.push(host) });
      expect(waits).to.deep.equal(['pod-1']);
      lock.release();
    }
  });

  it('is refused as soon as the heartbeat of a holder elsewhere moves', async () => {
    const folder = newFolder();
    const path = leave(folder, ELSEWHERE);
    let beat = 0;
    const options = { staleMs: 60_000, pollMs: 5, onWait: () => setImmediate(() => utimesSync(path, 1000, 1000 + (beat += 1))) };
    await expectCode('LOCKED', () => RepositoryLock.acquire(folder, options));
    expect(beat).to.equal(1);
  });

  it('moves its own heartbeat', async () => {
    const folder = newFolder();
    const lock = await RepositoryLock.acquire(folder, { heartbeatMs: 5 });
    const other = { ...ownRecord(), bootId: 'another-boot' };
    await expectCode('LOCKED', () => RepositoryLock.acquire(folder, { self: other, staleMs: 60_000, pollMs: 5 }));
    lock.release();
  });

  it('treats a lock with unreadable content by its heartbeat', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'kubetape.lock'), '');
    (await RepositoryLock.acquire(folder, FAST)).release();
  });

  it('gives a dead lock to exactly one of several takers', async () => {
    const folder = newFolder();
    leave(folder, { pid: await deadPid() });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => RepositoryLock.acquire(folder)));
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(won).to.have.length(1);
    expect(readFileSync(join(folder, 'kubetape.lock'), 'utf8')).to.contain(won[0]?.id);
    won[0]?.release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('does not stay behind a claim whose taker died', async () => {
    const folder = newFolder();
    const pid = await deadPid();
    const path = leave(folder, { pid, id: 'dead' });
    writeFileSync(`${path}.takeover-dead`, encodeRecord({ ...ownRecord(), pid }));
    (await RepositoryLock.acquire(folder)).release();
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('notices that it was taken over while this process stood still, and leaves the other one its lock', async () => {
    const folder = newFolder();
    const lock = await RepositoryLock.acquire(folder);
    const path = leave(folder, ELSEWHERE);
    const error = await expectCode('LOCKED', () => lock.verify());
    expect(error.message).to.contain('pod-1');
    lock.release();
    expect(readFileSync(path, 'utf8')).to.contain('pod-1');
  });

  it('ends its waiting when aborted', async () => {
    const folder = newFolder();
    leave(folder, ELSEWHERE);
    const abort = new AbortController();
    const options = { staleMs: 60_000, pollMs: 10_000, onWait: () => setImmediate(() => abort.abort()) };
    const outcome = await RepositoryLock.acquire(folder, options, abort.signal).catch((error: unknown) => error);
    expect((outcome as Error).name).to.equal('AbortError');
  });
});
