// The daemon doubts itself: a loss that its own watch did not notice is found, counted and said.
import { join } from 'node:path';
import { expect } from 'chai';
import type { LoadedSettings } from '../../src/config/load.js';
import { loadSettings } from '../../src/config/load.js';
import { NO_FLAGS } from '../../src/config/flags.js';
import { readEnvironment } from '../../src/config/env.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { systemClock } from '../../src/lib/clock.js';
import type { JsonObject } from '../../src/lib/json.js';
import type { LogFields, Logger } from '../../src/lib/log.js';
import type { ClusterReader, WatchEvent } from '../../src/model/cluster-reader.js';
import { noProgress } from '../../src/model/progress.js';
import type { Settings } from '../../src/model/settings.js';
import type { StatusReport } from '../../src/model/status-report.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { freePorts } from '../support/server-process.js';
import { until, withFolder } from '../support/mirror-run.js';

const configMap = (name: string, value: string): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { key: value } });

interface Said {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

interface Running {
  readonly said: readonly Said[];
  readonly status: () => Promise<StatusReport>;
  readonly metric: (name: string) => Promise<number | undefined>;
}

async function settingsFor(folder: string, listen: string, everyMs: number): Promise<Settings> {
  const { settings }: LoadedSettings = await loadSettings({ file: undefined, environment: readEnvironment({}), flags: NO_FLAGS, workingFolder: folder }, new AbortController().signal);
  return { ...settings, repository: { path: join(folder, 'repo.git'), branch: 'main' }, windowMs: 20, serve: { listen }, verify: { everyMs } };
}

/** A daemon that verifies itself every `everyMs`, seen through its log, /status and /metrics. */
async function running(reader: ClusterReader, everyMs: number, use: (daemon: Running) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [port = 0] = await freePorts(1);
    const said: Said[] = [];
    const level = (name: string) => (message: string, fields?: LogFields): void => void said.push({ level: name, message, fields });
    const log: Logger = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
    const stop = new AbortController();
    const daemon = new Daemon(await settingsFor(folder, `127.0.0.1:${port}`, everyMs), {
      openCluster: () => Promise.resolve(reader), clock: systemClock, random: Math.random, metrics: createMetrics(), log, progress: noProgress, version: 'test',
      async *reloads(signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield* [];
      },
    });
    const ended = daemon.run('follow', stop.signal);
    ended.catch(() => undefined);
    const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
    try {
      await until('the first sync', () => said.some(({ message }) => message === 'First complete sync'));
      await use({
        said,
        status: async () => (await ask('/status')).json() as Promise<StatusReport>,
        metric: async (name) => {
          const line = (await (await ask('/metrics')).text()).split('\n').find((each) => each.startsWith(`${name} `));
          return line === undefined ? undefined : Number(line.slice(name.length));
        },
      });
    } finally {
      stop.abort();
      await ended;
    }
  });
}

function shop(): StandInCluster {
  const cluster = new StandInCluster();
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of ['a', 'b']) cluster.create(configMap(name, 'old'));
  return cluster;
}

/** The cluster, whose watches lose every event that names an object `lost`. */
function losing(cluster: StandInCluster): ClusterReader {
  return new Proxy<ClusterReader>(cluster, {
    get(target, property) {
      const value = Reflect.get(target, property, target) as unknown;
      if (typeof value !== 'function') return value;
      if (property !== 'watch') return value.bind(target) as unknown;
      return async function* (...args: Parameters<ClusterReader['watch']>): AsyncGenerator<readonly WatchEvent[]> {
        for await (const events of target.watch(...args)) {
          yield events.filter((event) => event.kind === 'bookmark' || !Buffer.from(event.object).includes('"name":"lost"'));
        }
      };
    },
  });
}

describe('a daemon that verifies itself', () => {
  it('says that it is equal, in log, status and metrics', async () => {
    await running(shop(), 150, async ({ said, status, metric }) => {
      await until('a verification', async () => (await status()).verification !== undefined, 20_000);

      const { verification } = await status();
      expect(verification).to.deep.include({ result: 'equal' });
      expect(verification?.counts['equal']).to.be.greaterThan(10);
      expect(verification?.oid).to.match(/^[0-9a-f]{40}$/);
      expect(said.map(({ message }) => message)).to.include('Verified: the repository is what the cluster is');
      expect(await metric('kubetape_verification_last_success_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 60);
      expect(await metric('kubetape_verification_objects{verdict="equal"}')).to.be.greaterThan(10);
      expect(await metric('kubetape_verification_objects{verdict="missing"}')).to.equal(0);
      expect(await metric('kubetape_verifications_total{result="equal"}')).to.be.greaterThan(0);
      expect(await metric('kubetape_verification_duration_seconds')).to.be.greaterThan(0);
    });
  });

  it('finds what its watch lost, and names it without its values', async () => {
    const cluster = shop();
    await running(losing(cluster), 150, async ({ said, status, metric }) => {
      cluster.create(configMap('lost', 'canary-4711'));
      const loss = 'The repository is not what the cluster is: something was lost';
      await until('the loss is found', () => said.some(({ message }) => message === loss), 60_000);

      const found = said.find(({ message }) => message === loss);
      expect(found?.level).to.equal('error');
      expect(found?.fields?.['objects']).to.deep.equal(['extra shop: configmaps/lost']);
      expect(JSON.stringify(said)).to.not.contain('canary-4711');
      expect((await status()).verification).to.deep.include({ result: 'differences' });
      expect(await metric('kubetape_verification_objects{verdict="extra"}')).to.equal(1);
      expect(await metric('kubetape_verifications_total{result="differences"}')).to.be.greaterThan(0);
    });
  });

  it('goes on when it could not verify', async () => {
    const cluster = shop();
    let broken = false;
    const reader = new Proxy<ClusterReader>(cluster, {
      get(target, property) {
        const value = Reflect.get(target, property, target) as unknown;
        if (property === 'serverVersion' && broken) return () => Promise.reject(new Error('connection refused'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    await running(reader, 100, async ({ said, metric, status }) => {
      broken = true;
      await until('a failure is counted', async () => ((await metric('kubetape_verifications_total{result="failed"}')) ?? 0) > 0, 20_000);
      broken = false;
      await until('a verification', async () => (await status()).verification?.result === 'equal', 20_000);
      expect(said.find(({ message }) => message.startsWith('Could not verify'))?.level).to.equal('warn');
    });
  });

  it('does not when it is told so', async () => {
    const cluster = shop();
    await running(cluster, 0, async ({ said, status }) => {
      for (let i = 0; i < 12; i++) {
        const head = (await status()).head?.oid;
        cluster.patchMerge('configmaps', 'shop', 'a', { data: { serial: `${i}` } });
        await until('it is committed', async () => (await status()).head?.oid !== head);
      }
      expect((await status()).verification).to.equal(undefined);
      expect(said.filter(({ message }) => /verif/i.test(message))).to.deep.equal([]);
      expect((await status()).churning?.[0]?.object).to.equal('shop: configmaps/a');
      expect((await status()).churning?.[0]?.changes).to.be.at.least(10);
    });
  });
});
