// Completion as bash runs it: the script of the built program, in a real bash and in a real terminal.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openHistory } from '../../src/git/open-history.js';
import { TestRepository } from '../support/history.js';
import { hasTerminal, Terminal } from '../support/terminal.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

describe('completion in bash', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-completion-'));
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder, LC_ALL: 'C.UTF-8', KUBETAPE_REPOSITORY_PATH: '' };
  const stolen = join(folder, 'stolen');

  before(async () => {
    writeFileSync(join(folder, 'kubetape'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(join(folder, 'kubetape'), 0o755);
    const repository = await TestRepository.create(folder);
    env.KUBETAPE_REPOSITORY_PATH = repository.path;
    const hostile = [`$(touch ${stolen})`, 'a b', "it's", 'x\ny', '\u202egnp', 'UPPER', 'a:b', 'a:c'].map((name) => repository.file('roles.rbac.authorization.k8s.io', { metadata: { name, namespace: 'shop' }, rules: [] }));
    const plain = (['web', 'worker'] as const).map((name) => repository.file('deployments.apps', { metadata: { name, namespace: 'shop' }, spec: {} }));
    const elsewhere = repository.file('deployments.apps', { metadata: { name: 'wiki', namespace: 'docs' }, spec: {} });
    repository.commit(Object.fromEntries([...hostile, ...plain, elsewhere]));
    repository.close();
    const history = await openHistory({ location: repository.path, cacheFolder: join(folder, 'cache'), now: Date.now }, new AbortController().signal);
    history.createPoint('before-upgrade', history.head(), '');
    history.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  /** COMPREPLY after Tab behind `line`, as bash splits it. */
  async function complete(line: string, extra: Readonly<Record<string, string>> = {}): Promise<string[]> {
    const words = line.split(/[ ]+|(?<=[=:])|(?=[=:])/);
    const script = `source <(kubetape completion bash)
COMP_LINE=$1; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_kubetape kubetape; printf '%s\\0' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', script, 'bash', line, ...words], { env: { ...env, ...extra }, cwd: folder });
    expect(stderr, line).to.equal('');
    return stdout.split('\0').slice(0, -1).filter((word) => word !== '');
  }

  it('offers types, names, namespaces and revisions of the repository', async () => {
    expect(await complete('kubetape show dep')).to.deep.equal(['deployments/']);
    expect(await complete('kubetape show deploy/w')).to.deep.equal(['deploy/web', 'deploy/wiki', 'deploy/worker']);
    expect(await complete('kubetape show -n shop deploy/w')).to.deep.equal(['deploy/web', 'deploy/worker']);
    expect(await complete('kubetape ls cm,dep')).to.deep.equal(['cm,deployments']);
    expect(await complete('kubetape ls ksv')).to.deep.equal(['ksvc']);
    expect(await complete('kubetape log -n ')).to.deep.equal(['docs', 'shop']);
    expect(await complete('kubetape ls --at b')).to.deep.equal(['before-upgrade']);
    expect(await complete('kubetape diff HEAD ma')).to.deep.equal(['main']);
    expect(await complete('kubetape diff -- deploy/we')).to.deep.equal(['deploy/web']);
    expect(await complete('kubetape point rm ')).to.deep.equal(['before-upgrade']);
  });

  it('replaces only what stands behind the last word break', async () => {
    expect(await complete('kubetape diff --output=su')).to.deep.equal(['summary']);
    expect(await complete('kubetape show roles/a:')).to.deep.equal(['b', 'c']);
  });

  it('quotes names, offers none that cannot be typed, and runs nothing', async () => {
    const names = await complete('kubetape show roles/');

    expect(names).to.deep.equal([`'roles/$(touch ${stolen})'`, 'roles/UPPER', "'roles/a b'", 'roles/a:b', 'roles/a:c', "'roles/it'\\''s'"]);
    expect(existsSync(stolen)).to.equal(false);
  });

  it('leaves files and folders to the shell', async () => {
    mkdirSync(join(folder, 'charts'), { recursive: true });
    writeFileSync(join(folder, 'chart.yaml'), '');

    expect((await complete('kubetape diff -f cha')).sort()).to.deep.equal(['chart.yaml', 'charts']);
    expect(await complete('kubetape diff --filename=chart.')).to.deep.equal(['chart.yaml']);
    expect(await complete('kubetape --repo cha')).to.deep.equal(['charts']);
  });

  it('says nothing at all when there is no repository, or a broken one', async () => {
    for (const path of [join(folder, 'nowhere'), folder, 'https://127.0.0.1:1/x.git']) {
      for (const line of ['kubetape show dep', 'kubetape ls -n ', 'kubetape diff ', 'kubetape show deploy/', 'kubetape nonsense --x ']) {
        expect(await complete(line, { KUBETAPE_REPOSITORY_PATH: path }), `${line} in ${path}`).to.deep.equal([]);
      }
    }
  });

  it('works at a prompt: one candidate is written out, several are shown', async function () {
    if (!hasTerminal()) return this.skip();
    const terminal = await Terminal.open({ folder, env });
    try {
      await terminal.run('source <(kubetape completion bash)');
      await terminal.start('true');
      await terminal.finished();
      await terminal.keys('-l', 'kubetape sho');
      await terminal.keys('Tab');
      await terminal.waitFor(/kubetape show *$/m);
      await terminal.keys('-l', 'deplo');
      await terminal.keys('Tab');
      // No blank behind the slash.
      await terminal.waitFor(/kubetape show deployments\/$/m);
      await terminal.keys('-l', 'w');
      await terminal.keys('Tab', 'Tab');
      await terminal.waitFor(/deployments\/web +deployments\/wiki +deployments\/worker/);
      await terminal.keys('C-u');
      await terminal.keys('-l', 'kubetape show -n shop "deployments/we');
      await terminal.keys('Tab', 'Enter');
      await terminal.waitFor(/kind: Deployment/);
    } finally {
      terminal.close();
    }
  });
});
