import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readEnvironment } from '../../../src/config/env.js';
import { NO_FLAGS } from '../../../src/config/flags.js';
import { loadSettings } from '../../../src/config/load.js';
import { watchConfig, type Reload } from '../../../src/config/reload.js';
import { systemClock } from '../../../src/lib/clock.js';

let folder: string;
let controller: AbortController;

function follow(): AsyncIterator<Reload> {
  const file = join(folder, 'k.yaml');
  const load = (signal: AbortSignal) => loadSettings({ file, environment: readEnvironment({}), flags: NO_FLAGS, workingFolder: folder }, signal);
  return watchConfig({ file, source: 'window: 1s\n', load, clock: systemClock, settleMs: 30 }, controller.signal)[Symbol.asyncIterator]();
}

/** The window of the next reload, or the message of its error. */
async function next(reloads: AsyncIterator<Reload>): Promise<number | string> {
  const { value } = (await reloads.next()) as { value: Reload };
  return 'error' in value ? value.error.message : value.settings.settings.windowMs;
}

/** As the kubelet does it: a new folder, a new link beside the old one, renamed over it. */
async function swapConfigMap(version: string, text: string): Promise<void> {
  await mkdir(join(folder, `..${version}`));
  await writeFile(join(folder, `..${version}`, 'k.yaml'), text);
  await symlink(`..${version}`, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

describe('config/reload', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubetape-reload-'));
    controller = new AbortController();
  });
  afterEach(async () => {
    controller.abort();
    await rm(folder, { recursive: true });
  });

  it('yields new settings when the file is written in place or replaced', async () => {
    await writeFile(join(folder, 'k.yaml'), 'window: 1s\n');
    const reloads = follow();
    const first = next(reloads);
    await writeFile(join(folder, 'k.yaml'), 'window: 2s\n');
    expect(await first).to.equal(2000);

    const second = next(reloads);
    await writeFile(join(folder, 'k.yaml.new'), 'window: 3s\n');
    await rename(join(folder, 'k.yaml.new'), join(folder, 'k.yaml'));
    expect(await second).to.equal(3000);
  });

  it('follows the link swaps of a ConfigMap volume, also after the old version is removed', async () => {
    await swapConfigMap('v1', 'window: 1s\n');
    await symlink(join('..data', 'k.yaml'), join(folder, 'k.yaml'));
    const reloads = follow();

    for (let version = 2; version <= 4; version += 1) {
      const change = next(reloads);
      await swapConfigMap(`v${version}`, `window: ${version}s\n`);
      await rm(join(folder, `..v${version - 1}`), { recursive: true });
      expect(await change).to.equal(version * 1000);
    }
  });

  it('yields the error of a bad file and of a vanished one, and goes on', async () => {
    await writeFile(join(folder, 'k.yaml'), 'window: 1s\n');
    const reloads = follow();
    const bad = next(reloads);
    await writeFile(join(folder, 'k.yaml'), 'window: soon\n');
    expect(await bad).to.contain('k.yaml:1:9: window: "soon" is not accepted');

    const gone = next(reloads);
    await rm(join(folder, 'k.yaml'));
    expect(await gone).to.contain('there is no such file');

    const back = next(reloads);
    await writeFile(join(folder, 'k.yaml'), 'window: 4s\n');
    expect(await back).to.equal(4000);
  });

  it('says nothing when the content is the same, and does not take a truncated file for defaults', async () => {
    await writeFile(join(folder, 'k.yaml'), 'window: 1s\n');
    const reloads = follow();
    const change = next(reloads);
    await writeFile(join(folder, 'k.yaml'), 'window: 1s\n');
    await writeFile(join(folder, 'k.yaml'), '');

    expect(await change).to.contain('the file is empty');
  });

  it('ends when the signal aborts, also while it waits', async () => {
    await writeFile(join(folder, 'k.yaml'), 'window: 1s\n');
    const reloads = follow();
    const waiting = reloads.next();
    controller.abort();

    expect((await waiting).done).to.equal(true);
  });
});
