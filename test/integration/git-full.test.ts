import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { blobOf } from '../../src/lib/git-blob.js';
import { random } from '../support/scale.js';
import { assertSound, commit, expectCode, FORMAT, git, gitFiles, newFolder, openTape, removeFolders, tapeFiles } from '../unit/git/support.js';

/** Mounts a small file system; false when this user may not. */
function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'kubetape-test', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

describe('git tape on a full disk', () => {
  let folder: string;
  beforeEach(function () {
    folder = newFolder();
    if (mount(folder)) return;
    process.stdout.write('    SKIPPED: tests of a full disk need the right to mount a tmpfs\n');
    this.skip();
  });
  afterEach(() => {
    try {
      execFileSync('umount', [folder], { stdio: 'pipe' });
    } finally {
      removeFolders();
    }
  });

  const noise = (seed: number, bytes: number): Buffer => {
    const next = random(seed);
    return Buffer.from(Array.from({ length: bytes }, () => Math.floor(next() * 256)));
  };
  const grow = (): void => void execFileSync('mount', ['-o', 'remount,size=64m', folder]);

  it('loses no commit and no change: the draft commits when there is room again', async () => {
    const path = join(folder, 'tape.git');
    const tape = await openTape(path);
    commit(tape, FORMAT);
    let n = 0;
    let draft = tape.begin();
    const error = await expectCode('FULL', () => {
      for (; ; n++) {
        draft.put(`f${n}`, blobOf(noise(n, 200_000)));
        draft.commit(`commit ${n}`);
        draft = tape.begin();
      }
    });
    expect(error.hint).to.contain('room');
    expect(readdirSync(join(path, 'objects', 'pack')).filter((name) => /tmp_|keep/.test(name))).to.deep.equal([]);
    expect(Object.keys(gitFiles(path))).to.have.length(n + 1);
    await expectCode('FULL', () => draft.commit('again'));
    grow();
    expect(draft.commit('with room')?.message).to.equal('with room\n');
    expect(tape.oidAt(`f${n}`)).to.equal(blobOf(noise(n, 200_000)).oid);
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    tape.close();
    assertSound(path);
  });

  it('loses nothing of a draft that is partly written already', async () => {
    const path = join(folder, 'tape.git');
    const tape = await openTape(path);
    commit(tape, FORMAT);
    const draft = tape.begin();
    let n = 0;
    await expectCode('FULL', () => {
      for (; n < 40; n++) draft.put(`f${n}`, blobOf(noise(n, 200_000)));
    });
    await expectCode('FULL', () => draft.commit('no room'));
    expect(Object.keys(gitFiles(path))).to.deep.equal(['.kubetape/format']);
    grow();
    for (; n < 40; n++) draft.put(`f${n}`, blobOf(noise(n, 200_000)));
    draft.commit('with room');
    expect(Object.keys(gitFiles(path))).to.have.length(41);
    for (let i = 0; i < 40; i++) expect(tape.read(tape.oidAt(`f${i}`) ?? '').equals(noise(i, 200_000))).to.equal(true);
    tape.close();
    assertSound(path);
    // First commit: blob, two trees, commit. Second: 40 blobs, a tree, a commit, and nothing of the failed attempts.
    expect(git(path, 'cat-file', '--batch-all-objects', '--batch-check').trim().split('\n')).to.have.length(46);
  });
});
