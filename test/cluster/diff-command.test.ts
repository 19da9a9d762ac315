import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { ControlPlane } from '../support/control-plane.js';
import type { Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { expectWellFormed } from '../support/clean-output.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, deployment, grant, hostileRole, namespace, secret, service } from '../support/objects.js';
import { fileAt, git, withTempDir } from '../support/repo.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'diff-command';
const CANARY = 'canary-7f3a91c2-value';
const FORMS = ['text', 'fields', 'json-patch', 'side-by-side', 'summary', 'junit', 'md', 'json', 'yaml', 'name'];

describe('kubetape diff and verify over a cluster', function () {
  const workshop = new Workshop();
  let plane: ControlPlane;
  let repository: string;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    await plane.api.create(configMap(NS, 'kept'));
    await plane.api.create(service(NS, 'web'));
    await plane.api.create(deployment(NS, 'web', 1));
    await plane.api.create(secret(NS, 'guarded', { password: CANARY }));
    await plane.api.create(hostileRole(NS, 'esc\u001b[31mred\nadded pods forged'));
    repository = workshop.repository();
    await settle();
  });

  after(() => workshop.remove());

  const kubetape = (args: readonly string[]): Promise<Exit> => workshop.run(plane, [...args, '--repo', repository]);

  /** Exports until controllers have nothing more to say. */
  async function settle(): Promise<void> {
    await eventually(async () => {
      expect((await workshop.run(plane, ['export', '--repo', repository])).code).to.equal(0);
      const again = await workshop.run(plane, ['export', '--repo', repository]);
      return /^Nothing changed/.test(again.stdout) ? true : null;
    }, { timeoutMs: 120_000 });
  }

  describe('when nothing changed', () => {
    for (const form of ['text', 'fields', 'side-by-side', 'summary', 'name']) {
      it(`prints nothing and ends with 0: -o ${form}`, async () => {
        const { code, stdout, stderr } = await kubetape(['diff', '-o', form]);
        expect([code, stdout], stderr).to.deep.equal([0, '']);
      });
    }

    it('verify says that everything is equal, in words, in a report and in its exit code', async () => {
      const folder = workshop.path('proof');
      const { code, stdout, stderr } = await kubetape(['verify', '--report', folder]);

      expect(code, stdout + stderr).to.equal(0);
      const [, equal, all, types] = /^([\d,]+) of ([\d,]+) objects of (\d+) types are equal to commit [0-9a-f]{12} \(2/m.exec(stdout) ?? [];
      expect(equal, stdout).to.equal(all);
      expect(Number(types)).to.be.greaterThan(15);
      const report = JSON.parse(readFileSync(`${folder}/verification.json`, 'utf8'));
      expect(report.counts.equal).to.equal(Number(equal?.replaceAll(',', '')));
      expectWellFormed(readFileSync(`${folder}/junit.xml`, 'utf8'));
      expect(readFileSync(`${folder}/verification.md`, 'utf8')).to.contain('equal');
    });
  });

  describe('after one change', () => {
    before(async () => {
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'other' } });
    });

    after(async () => {
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'value' } });
    });

    it('shows exactly that, and ends with 1', async () => {
      const { code, stdout } = await kubetape(['diff']);
      expect(code).to.equal(1);
      expect(stdout).to.match(new RegExp(`^changed configmaps/kept in ${NS}\ndiff --git .*\n--- .*\n\\+\\+\\+ .*\n@@ .*\n`));
      expect(stdout.split('\n').filter((line) => /^[-+] /.test(line))).to.deep.equal(['-  key: value', '+  key: other']);
      expect((await kubetape(['diff', '-o', 'fields'])).stdout).to.match(new RegExp(`^changed {2}${NS} {2}configmaps/kept {2}data\\.key value → other .*\n$`));
    });

    it('is restricted by objects, namespaces, labels and --exclude', async () => {
      const names = async (...args: string[]): Promise<[number | null, string]> => {
        const { code, stdout } = await kubetape(['diff', '-o', 'name', ...args]);
        return [code, stdout];
      };
      const found = [1, `${NS}/configmaps/kept\n`];
      expect(await names('-n', NS)).to.deep.equal(found);
      expect(await names('-n', 'default')).to.deep.equal([0, '']);
      expect(await names('--exclude', 'types=configmaps')).to.deep.equal([0, '']);
      expect(await names('-l', 'no=body')).to.deep.equal([0, '']);
      const { code, stdout } = await workshop.program(['diff', '-o', 'name', '--kubeconfig', plane.kubeconfig(), '--repo', repository, '-n', NS, '--', 'cm/kept']).waitForExit();
      expect([code, stdout]).to.deep.equal(found);
      const other = await workshop.program(['diff', '-o', 'name', '--kubeconfig', plane.kubeconfig(), '--repo', repository, '-n', NS, '--', 'deploy']).waitForExit();
      expect([other.code, other.stdout]).to.deep.equal([0, '']);
    });

    it('has forms that programs read', async () => {
      const json = JSON.parse((await kubetape(['diff', '-o', 'json'])).stdout);
      expect(json.objects.map((each: { name: string; change: string }) => [each.name, each.change])).to.deep.equal([['kept', 'changed']]);
      expect(load((await kubetape(['diff', '-o', 'yaml'])).stdout)).to.deep.equal(json);
      const [patch] = JSON.parse((await kubetape(['diff', '-o', 'json-patch'])).stdout);
      expect(patch.patch).to.deep.equal([{ op: 'replace', path: '/data/key', value: 'other' }]);
      const { stdout: xml } = await kubetape(['diff', '-o', 'junit']);
      expectWellFormed(xml);
      expect(xml).to.contain('name="configmaps/kept"><failure type="changed"');
      expect((await kubetape(['diff', '-o', 'md'])).stdout).to.contain('**1 changed**');
    });

    it('verify names what differs, with the field, and ends with 1', async () => {
      const { code, stdout } = await kubetape(['verify', '--patience', '0', '-n', NS]);
      expect(code, stdout).to.equal(1);
      expect(stdout).to.match(new RegExp(`^differs +${NS} +configmaps/kept +.*data\\.key value → other$`, 'm'));
    });

    it('--watch shows it, then says when it is gone, and ends by Ctrl-C', async () => {
      const daemon = workshop.start(plane, ['diff', '--watch', '--interval', '200ms', '-o', 'fields', '--repo', repository, '-n', NS]);
      await daemon.waitForLine(/^changed {2}.*data\.key value → other/);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'third' } });
      await daemon.waitForLine(/^2\S+ changed configmaps\/kept in diff-command: data\.key value → third/);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'value' } });
      await daemon.waitForLine(/^2\S+ equal again: configmaps\/kept/);
      const { code, signal, stderr } = await daemon.stop('SIGINT');
      expect([signal ?? code, stderr]).to.deep.equal(['SIGINT', '']);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'other' } });
    });
  });

  describe('commit against commit', () => {
    before(async () => {
      await plane.api.patch(deployment(NS, 'web'), { spec: { replicas: 3, template: { spec: { containers: [{ name: 'app', image: 'registry.example/app:2' }] } } } });
      await plane.api.create(configMap(NS, 'new', { script: '#!/bin/sh\n\necho "$1"\n' }));
      await plane.api.delete(service(NS, 'web'));
      await plane.api.patch(secret(NS, 'guarded'), { data: { password: Buffer.from(`${CANARY}-2`).toString('base64') } });
      await settle();
      await git(repository, ['tag', 'after']);
      await git(repository, ['tag', 'before', (await git(repository, ['rev-list', '--max-parents=0', 'main'])).trim()]);
    });

    it('prints with --all what git apply takes, file for file', async () => {
      const { code, stdout } = await kubetape(['diff', 'before..after', '--all']);
      expect(code).to.equal(1);
      await withTempDir(async (folder) => {
        await git(folder, ['clone', '--quiet', repository, 'work']);
        await git(`${folder}/work`, ['checkout', '--quiet', 'before']);
        await git(`${folder}/work`, ['apply', '--whitespace=nowarn', '-'], { stdin: stdout });
        for (const path of [`namespaces/${NS}/deployments.apps/web.yaml`, `namespaces/${NS}/configmaps/new.yaml`, `namespaces/${NS}/secrets/guarded.yaml`]) {
          expect(readFileSync(`${folder}/work/${path}`, 'utf8')).to.equal(await fileAt(repository, 'after', path));
        }
      });
    });

    it('says of a Secret which values changed, and shows none in any form', async () => {
      const fields = (await workshop.program(['diff', 'before', 'after', '-o', 'fields', '--repo', repository, '-n', NS, '--', 'secret/guarded']).waitForExit()).stdout;
      expect(fields).to.match(/^changed {2}diff-command {2}secrets\/guarded {2}data\.password changed/);
      for (const form of FORMS) {
        for (const revisions of [['before', 'after'], ['before']]) {
          const { stdout, stderr } = await kubetape(['diff', ...revisions, '--all', '-o', form]);
          for (const text of [CANARY, Buffer.from(CANARY).toString('base64').replace(/=+$/, '').slice(0, -2)]) expect(stdout + stderr, `${form} ${revisions.join(' ')}`).to.not.contain(text);
          expect(stdout, form).to.not.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/).and.not.match(/^added pods forged/m);
        }
      }
    });

    it('needs no cluster', async () => {
      const { code, stdout } = await workshop.program(['diff', 'before', 'after', '-o', 'name', '-n', NS, '--repo', repository]).waitForExit();
      expect(code).to.equal(1);
      expect(stdout.split('\n')).to.include.members([`${NS}/deployments.apps/web`, `${NS}/configmaps/new`, `${NS}/services/web`]);
    });
  });

  describe('when something cannot be compared', () => {
    it('ends with 3 and says what and why', async () => {
      const rights = grant('mirror', { resources: ['namespaces', 'configmaps', 'deployments'] }, null, 'diff-command-part');
      for (const each of rights) await plane.api.create(each);
      try {
        const exit = await eventually(async () => {
          const last = await workshop.run(plane, ['diff', '--repo', repository, '-n', NS], 'mirror');
          return last.code === 10 ? null : last; // rights take a moment
        });
        expect(exit.code, exit.stderr).to.equal(3);
        expect(exit.stderr).to.match(/^Not compared: secrets.*: .*forbidden/m);
        const verified = await workshop.run(plane, ['verify', '--patience', '0', '--repo', repository, '-n', NS], 'mirror');
        expect(verified.code).to.equal(3);
        expect(verified.stdout).to.match(/types could not be looked at: .*forbidden/);
      } finally {
        for (const each of rights) await plane.api.delete(each);
      }
    });

    it('refuses a repository of another cluster with 11 and the cure', async () => {
      const other = workshop.path('other.git');
      await git(workshop.folder, ['clone', '--quiet', '--bare', repository, other]);
      const cluster = await fileAt(other, 'main', '.kubetape/cluster');
      await withTempDir(async (folder) => {
        await git(folder, ['clone', '--quiet', other, 'work']);
        writeFileSync(`${folder}/work/.kubetape/cluster`, (cluster ?? '').replace(/identity: .*/, 'identity: kube-system 00000000-0000-0000-0000-000000000000'));
        await git(`${folder}/work`, ['commit', '--quiet', '-am', 'another cluster']);
        await git(`${folder}/work`, ['push', '--quiet', 'origin', 'main']);
      });
      for (const command of ['diff', 'verify']) {
        const { code, stdout, stderr } = await workshop.run(plane, [command, '--repo', other]);
        expect([code, stdout], stderr).to.deep.equal([11, '']);
        expect(stderr).to.match(/^error: .*cluster/m).and.match(/^hint: ./m);
      }
    });

    it('refuses what it cannot read with 2', async () => {
      for (const args of [['a', 'b', 'c'], ['no-such-revision'], ['deploy/web'], ['--watch', '-o', 'junit'], ['--exact'], ['-o', 'table']]) {
        const { code, stdout, stderr } = await kubetape(['diff', ...args]);
        expect([code, stdout], args.join(' ')).to.deep.equal([2, '']);
        expect(stderr).to.match(/^error: /m);
      }
    });
  });
});
