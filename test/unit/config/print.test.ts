import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { readEnvironment } from '../../../src/config/env.js';
import { NO_FLAGS } from '../../../src/config/flags.js';
import { loadSettings } from '../../../src/config/load.js';
import { configJsonSchema, printSettings, toFileForm } from '../../../src/config/print.js';

const signal = new AbortController().signal;

describe('config/print', () => {
  it('prints what can be loaded again to the same settings, each key with its origin', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubetape-print-'));
    try {
      const base = { flags: NO_FLAGS, workingFolder: folder };
      await writeFile(join(folder, 'a.yaml'), 'window: 1h30m\n'.replace('1h30m', '90s') + 'exclude: [{types: [secrets], labelSelector: "a=b # c"}]\n'.replace(' # c', ''));
      const loaded = await loadSettings({ ...base, file: 'a.yaml', environment: readEnvironment({ KUBETAPE_LOG_LEVEL: 'warn' }) }, signal);
      const text = printSettings(loaded);
      await writeFile(join(folder, 'b.yaml'), text);
      const again = await loadSettings({ ...base, file: 'b.yaml', environment: readEnvironment({}) }, signal);

      expect(again.settings).to.deep.equal(loaded.settings);
      expect(text).to.contain(`window: 1m30s # ${join(folder, 'a.yaml')}`);
      expect(text).to.contain('level: warn # KUBETAPE_LOG_LEVEL');
      expect(text).to.contain('branch: main # default');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('shows no token', async () => {
    const loaded = await loadSettings(
      { file: undefined, environment: readEnvironment({}), flags: { ...NO_FLAGS, cluster: { token: 'hunter2', as: 'joe' } }, workingFolder: '/' },
      signal,
    );

    expect(printSettings(loaded)).to.contain('as: joe').and.not.contain('hunter2');
    expect(JSON.stringify(toFileForm(loaded.settings))).to.not.contain('hunter2');
    expect(load(printSettings(loaded))).to.be.an('object');
  });

  it('gives a JSON Schema that refuses unknown keys and names every key', () => {
    const schema = configJsonSchema() as { additionalProperties: unknown; properties: Record<string, unknown> };

    expect(schema.additionalProperties).to.equal(false);
    expect(Object.keys(schema.properties)).to.deep.equal(['cluster', 'repository', 'secrets', 'digestKey', 'window', 'include', 'exclude', 'rules', 'verify', 'serve', 'log']);
  });
});
