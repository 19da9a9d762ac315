import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { propertySeed, random, scaled } from '../support/scale.js';
import { assertSound, git, gitFiles, newFolder, openTape, removeFolders, tapeFiles } from '../unit/git/support.js';

const CHILD = fileURLToPath(new URL('../unit/git/kill-child.ts', import.meta.url));

/** Runs the child until `delay` ms after its first commit, kills it, and returns the last commit that it reported. */
async function killedRun(path: string, seed: number, delay: number): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delay);
    output += chunk.toString();
  });
  await once(child, 'close');
  return output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1) ?? '';
}

describe('git tape, killed', () => {
  afterEach(removeFolders);

  it('keeps every reported commit and stays sound, whatever the moment', async () => {
    const path = join(newFolder(), 'tape.git');
    const next = random(propertySeed());
    for (let round = 0; round < scaled(8, 100); round++) {
      const reported = await killedRun(path, round, next() * 300);
      expect(reported).to.match(/^[0-9a-f]{40}$/);
      expect(git(path, 'merge-base', reported, 'HEAD').trim(), `round ${round}`).to.equal(reported);
      assertSound(path);
    }
    const tape = await openTape(path);
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    tape.close();
    const left = [...readdirSync(join(path, 'objects', 'pack')), ...readdirSync(join(path, 'refs', 'heads')), ...readdirSync(path)];
    expect(left.filter((name) => /tmp_|\.keep$|\.lock/.test(name))).to.deep.equal([]);
    assertSound(path);
  });
});
