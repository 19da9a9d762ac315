import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cachedBinaryPath, findControlPlane } from '../../support/control-plane-binary.js';
import { eventually } from '../../support/eventually.js';
import { withTempDir } from '../../support/repo.js';

const MODULE = fileURLToPath(new URL('../../control-plane', import.meta.url));

function program(file: string, script = 'exit 0'): void {
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** A `go` that writes what it was asked for beside itself, and then the output file. */
function fakeGo(folder: string, body = ''): void {
  program(join(folder, 'go'), `echo "$@" >> "${folder}/asked"\n${body}\nwhile [ "$1" != -o ]; do shift; done\nprintf '#!/bin/sh\\n' > "$2"; chmod +x "$2"`);
}

/** PATH with the fake programs and those of the system that a shell script needs. */
const path = (folder: string): string => `${folder}:/usr/bin:/bin`;

describe('control plane binary', () => {
  it('takes etcd and kube-apiserver from KUBEBUILDER_ASSETS, the other programs where they are there', async () => {
    await withTempDir(async (folder) => {
      for (const name of ['etcd', 'kube-apiserver', 'kubectl']) program(join(folder, name));
      const found = await findControlPlane({ env: { KUBEBUILDER_ASSETS: folder, PATH: '' } });
      expect(found?.programs).to.deep.equal({
        etcd: { file: join(folder, 'etcd'), args: [] },
        'kube-apiserver': { file: join(folder, 'kube-apiserver'), args: [] },
        kubectl: { file: join(folder, 'kubectl'), args: [] },
      });
    });
  });

  it('says which program KUBEBUILDER_ASSETS lacks, and does not fall back to another', async () => {
    await withTempDir(async (folder) => {
      program(join(folder, 'etcd'));
      const failure = await findControlPlane({ env: { KUBEBUILDER_ASSETS: folder, PATH: '' } }).then(() => null, (error: Error) => error.message);
      expect(failure).to.equal(`KUBEBUILDER_ASSETS is ${folder}, but there is no program kube-apiserver in it`);
    });
  });

  it('finds none where there is no cached binary and no go', async () => {
    await withTempDir(async (folder) => expect(await findControlPlane({ env: { XDG_CACHE_HOME: folder, PATH: folder } })).to.equal(null));
  });

  it('takes the cached binary without asking go', async () => {
    await withTempDir(async (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: path(folder) };
      fakeGo(folder);
      const binary = cachedBinaryPath(MODULE, env);
      mkdirSync(join(binary, '..'), { recursive: true });
      program(binary);
      expect((await findControlPlane({ env }))?.programs.etcd).to.deep.equal({ file: binary, args: ['etcd'] });
      expect(existsSync(join(folder, 'asked'))).to.equal(false);
    });
  });

  it('builds it once, with the version of Kubernetes linked in and its progress shown', async () => {
    await withTempDir(async (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: path(folder) };
      fakeGo(folder, 'sleep 0.3');
      const lines: string[] = [];
      const options = { env, progress: (line: string) => void lines.push(line), progressMs: 50 };
      expect((await findControlPlane(options))?.location).to.equal(cachedBinaryPath(MODULE, env));
      await findControlPlane(options);
      const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
      expect(asked).to.have.length(1);
      expect(asked[0]).to.match(/^build .*-X k8s\.io\/component-base\/version\.gitVersion=v1\.\d+\.\d+ -X k8s\.io\/component-base\/version\.gitMajor=1 /);
      expect(lines[0]).to.match(/^control plane: building .* \(once;/);
      expect(lines.slice(1, -1).every((line) => /^control plane: building, \d+m\d\ds$/.test(line)) && lines.length > 2).to.equal(true);
    });
  });

  it('lets one of two processes build while the other waits', async () => {
    await withTempDir(async (folder) => {
      fakeGo(folder, 'sleep 0.5');
      const env = { PATH: `${path(folder)}:${process.env['PATH']}`, XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder };
      const script = fileURLToPath(new URL('../../support/control-plane-binary.ts', import.meta.url));
      const run = (): Promise<string> => new Promise((done, fail) => {
        const child = spawn(process.execPath, ['--import', 'tsx', script], { env, stdio: ['ignore', 'pipe', 'ignore'] });
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
        child.once('error', fail).once('close', () => done(text.trim()));
      });
      const paths = await Promise.all([run(), run()]);
      expect(paths).to.deep.equal([cachedBinaryPath(MODULE, env), cachedBinaryPath(MODULE, env)]);
      expect(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')).to.have.length(1);
    });
  });

  it("fails with go's own words when the build fails, and builds again the next time", async () => {
    await withTempDir(async (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: path(folder) };
      const options = { env, progress: () => undefined };
      program(join(folder, 'go'), 'echo "no such module" >&2; exit 1');
      const failure = await findControlPlane(options).then(() => null, (error: Error) => error.message);
      expect(failure).to.contain('no such module');
      fakeGo(folder);
      expect(await findControlPlane(options)).not.to.equal(null);
    });
  });

  it('takes over the lock of a process that is gone', async () => {
    await withTempDir(async (folder) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: path(folder) };
      fakeGo(folder);
      const gone = spawn('true');
      await new Promise((done) => gone.once('exit', done));
      const place = join(cachedBinaryPath(MODULE, env), '..');
      mkdirSync(place, { recursive: true });
      writeFileSync(`${place}.lock`, String(gone.pid));
      expect(await findControlPlane({ env, progress: () => undefined })).not.to.equal(null);
    });
  });

  it('looks for another binary when a file of the module changes', async () => {
    await withTempDir(async (folder) => {
      cpSync(MODULE, folder, { recursive: true });
      const before = cachedBinaryPath(folder, { HOME: '/home/x' });
      expect(before).to.match(/^\/home\/x\/\.cache\/kubetape\/control-plane\/[0-9a-f]{24}\/control-plane$/);
      writeFileSync(join(folder, 'README.md'), 'words\n');
      expect(cachedBinaryPath(folder, { HOME: '/home/x' })).to.equal(before);
      writeFileSync(join(folder, 'main.go'), 'package main\n');
      expect(cachedBinaryPath(folder, { HOME: '/home/x' })).not.to.equal(before);
    });
  });
});

describe('eventually', () => {
  it('gives back what the check gives, once it gives something', async () => {
    let calls = 0;
    expect(await eventually(() => (++calls < 3 ? null : 'there'), { everyMs: 1 })).to.equal('there');
    expect(calls).to.equal(3);
  });

  it('shows what was waited for and the last failure when the time is over', async () => {
    let calls = 0;
    const check = (): never => {
      calls += 1;
      throw new Error(`failure ${calls}`);
    };
    const failure = await eventually(check, { timeoutMs: 30, everyMs: 1, describe: 'the moon' }).then(() => '', (error: Error) => error.message);
    expect(failure).to.equal(`Not within 30 ms: the moon; the last time: failure ${calls}`);
  });
});
