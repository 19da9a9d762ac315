import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import type { GitTape } from '../../src/git/git-tape.js';
import { maintainPacks } from '../../src/git/maintenance.js';
import { ObjectStore } from '../../src/git/object-store.js';
import { PackBuilder } from '../../src/git/pack-builder.js';
import { deflate, objectOid } from '../../src/lib/git-blob.js';
import { scaled } from '../support/scale.js';
import { assertSound, commit, expectCode, FORMAT, git, gitFiles, newFolder, openTape, removeFolders, tapeFiles } from '../unit/git/support.js';

describe('maintenance of packs', () => {
  let path: string;
  let folder: string;
  let tape: GitTape;
  beforeEach(async () => {
    path = join(newFolder(), 'tape.git');
    folder = join(path, 'objects', 'pack');
    tape = await openTape(path);
    commit(tape, FORMAT);
  });
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill();
    tape.close();
    removeFolders();
  });
  const packs = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.pack'));
  const run = async (minPacks = 2, signal?: AbortSignal): Promise<unknown> => maintainPacks(folder, { id: 'test', deltified: new Set(), minPacks }, signal);
  const commits = (from: number, to: number): void => {
    for (let i = from; i < to; i++) commit(tape, { [`things/${i % 100}.yaml`]: `n: ${i}\n` });
  };

  it('keeps the number of packs small over many commits', async () => {
    const count = scaled(1_000, 20_000);
    let most = 0;
    for (let i = 0; i < count; i += 20) {
      commits(i, i + 20);
      await tape.maintain();
      most = Math.max(most, packs().length);
    }
    expect(most).to.be.below(60);
    expect(git(path, 'rev-list', '--count', 'HEAD').trim()).to.equal(String(count + 1));
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    assertSound(path);
  });

  it('goes on while commits are made', async () => {
    commits(0, 60);
    const merging = tape.maintain();
    let steps = 0;
    const done = merging.then(() => (steps = -steps));
    while (steps >= 0 && steps < 40) {
      commits(1000 + steps, 1001 + steps);
      steps += 1;
      await new Promise((next) => setImmediate(next));
    }
    await done;
    expect((await merging)?.merged).to.be.greaterThan(30);
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    assertSound(path);
  });

  it('writes an object that two packs hold once', async () => {
    commit(tape, { a: 'same' });
    commit(tape, { a: null });
    commit(tape, { a: 'same' });
    await run();
    expect(packs()).to.have.length(1);
    const listed = git(path, 'verify-pack', '-v', join(folder, packs()[0] as string)).split('\n').filter((line) => /^[0-9a-f]{40} /.test(line));
    expect(new Set(listed.map((line) => line.slice(0, 40))).size).to.equal(listed.length);
    assertSound(path);
  });

  it('does not remove the merged pack when it equals one of the old ones', async () => {
    const build = (id: string, texts: readonly string[]): void => {
      const builder = new PackBuilder(folder, id);
      for (const text of texts) builder.add('blob', objectOid('blob', Buffer.from(text)), text.length, deflate(Buffer.from(text)));
      builder.publish('x');
      builder.settle();
    };
    tape.close();
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    // Sources go from small to large, so the larger one must come out byte for byte.
    build('one', ['a'.repeat(300)]);
    build('two', ['a'.repeat(300), 'b'.repeat(300)]);
    const larger = packs().find((name) => readFileSync(join(folder, name)).readUInt32BE(8) === 2);
    await run();
    expect(packs()).to.deep.equal([larger]);
    const store = new ObjectStore(join(path, 'objects'));
    for (const text of ['a'.repeat(300), 'b'.repeat(300)]) expect(store.read(objectOid('blob', Buffer.from(text)), 'blob').toString()).to.equal(text);
    store.close();
    rmSync(join(path, 'refs/heads/main'));
    tape = await openTape(path);
  });

  it('leaves packs with deltas, with a foreign .keep and of a multi-pack-index alone', async () => {
    commits(0, 10);
    git(path, 'repack', '-a', '-d', '-q', '-f', '--depth=50');
    const [native] = packs();
    commits(10, 14);
    const kept = packs().find((name) => name !== native) as string;
    writeFileSync(join(folder, kept.replace('.pack', '.keep')), 'mine');
    await run();
    expect(packs()).to.include.members([native, kept]);
    expect(packs()).to.have.length(3);
    commits(14, 18);
    git(path, 'multi-pack-index', 'write');
    const indexed = packs();
    commits(18, 22);
    await run();
    expect(packs()).to.include.members(indexed);
    expect(packs()).to.have.length(indexed.length + 1);
    git(path, 'multi-pack-index', 'verify');
    assertSound(path);
  });

  it('loses nothing when git repacks beside it, and to readers of the old packs', async () => {
    commits(0, 40);
    const reader = new ObjectStore(join(path, 'objects'));
    const oid = tape.oidAt('things/3.yaml') ?? '';
    expect(reader.read(oid, 'blob').toString()).to.equal('n: 3\n');
    const batch = spawn('git', [`--git-dir=${path}`, 'cat-file', '--batch']);
    children.push(batch);
    let answers = '';
    batch.stdout.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    batch.stdin.write(`${oid}\n`);
    await once(batch.stdout, 'data');
    await Promise.all([run(), once(spawn('git', [`--git-dir=${path}`, 'repack', '-a', '-d', '-q']), 'close')]);
    commits(40, 80);
    git(path, 'gc', '-q', '--prune=now');
    commits(80, 90);
    await run();
    for (const [file, id] of Object.entries(gitFiles(path))) {
      expect(tape.oidAt(file)).to.equal(id);
      expect(reader.read(id, 'blob').length).to.be.greaterThan(0);
      batch.stdin.write(`${id}\n`);
    }
    batch.stdin.end();
    await once(batch, 'close');
    for (const id of Object.values(gitFiles(path))) expect(answers).to.contain(`${id} blob`);
    reader.close();
    assertSound(path);
  });

  it('removes nothing when a pack is damaged, and says which', async () => {
    commits(0, 5);
    const name = packs()[0] as string;
    const bytes = readFileSync(join(folder, name));
    bytes[20] = (bytes[20] as number) ^ 0xff;
    rmSync(join(folder, name));
    writeFileSync(join(folder, name), bytes);
    const before = readdirSync(folder).sort();
    const error = await expectCode('DAMAGED', () => run());
    expect(error.message).to.contain(name);
    expect(readdirSync(folder).sort()).to.deep.equal(before);
  });

  it('leaves no file behind when aborted', async () => {
    commits(0, 40);
    const before = readdirSync(folder).sort();
    const outcome = await run(2, AbortSignal.abort()).catch((error: unknown) => error);
    expect((outcome as Error).name).to.equal('AbortError');
    expect(readdirSync(folder).sort()).to.deep.equal(before);
  });
});
