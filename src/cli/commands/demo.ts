import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { MirrorRun, type MirrorRunDeps } from '../../daemon/mirror-run.js';
import { linked } from '../../lib/abort.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import { SILENT } from '../../lib/log.js';
import { Mailbox } from '../../lib/mailbox.js';
import { noMetrics } from '../../model/metrics.js';
import { noProgress } from '../../model/progress.js';
import type { Settings } from '../../model/settings.js';
import type { CommitInfo } from '../../model/tape.js';
import { StandInCluster } from '../../standin/stand-in-cluster.js';
import type { CommandContext } from '../context.js';
import { installApplication } from '../demo/application.js';
import { tellEnding } from '../demo/ending.js';
import { playDemo } from '../demo/play-demo.js';
import { PutBack } from '../demo/put-back.js';
import { knownDigestKey } from '../diff/known-digest-key.js';
import { openSettingsCluster } from '../open-cluster.js';
import { openSettingsHistory } from '../open-history.js';

/** In the demo nobody has to wait for a whole second. */
const DEMO_WINDOW_MS = 200;

/** The main job shown: on the stand-in cluster, or, when a cluster was named, once over that one, read-only. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { settings } = context;
  const path = settings.repository.path ?? join(mkdtempSync(join(tmpdir(), 'kubetape-demo-')), 'cluster.git');
  const here: Settings = { ...settings, repository: { ...settings.repository, path } };
  return namesCluster(settings) ? showRealCluster(context, here, path) : playStory(context, here, path);
}

function namesCluster({ cluster }: Settings): boolean {
  return [cluster.context, cluster.kubeconfig, cluster.server, cluster.cluster].some((given) => given !== undefined);
}

async function playStory(context: CommandContext, settings: Settings, repo: string): Promise<ExitCode> {
  const { streams, signal } = context;
  const cluster = new StandInCluster();
  installApplication(cluster);
  const commits = new Mailbox<CommitInfo>();
  const deps = { ...runDeps(context), reader: cluster, log: SILENT, progress: noProgress, onCommit: (commit: CommitInfo) => commits.put(commit) };
  using stop = linked(signal);
  const mirror = await MirrorRun.open({ ...settings, windowMs: DEMO_WINDOW_MS }, 'follow', deps, signal);
  const ended = mirror.run(stop.signal).then(() => undefined, (error: unknown) => commits.fail(error));
  try {
    const print = (line: string): void => streams.out(`${line}\n`);
    const putBack = new PutBack({
      cluster, print, palette: streams, clock: context.clock, version: context.version, digestKey: knownDigestKey(settings),
      journals: mkdtempSync(join(tmpdir(), 'kubetape-demo-runs-')),
      openHistory: (each) => openSettingsHistory({ ...context, settings, signal: each }),
    });
    await playDemo({ cluster, print, palette: streams, repo, program: programName(), tape: mirror.tape, putBack, committed: (each) => commits.take(each) }, signal);
    return EXIT.done;
  } finally {
    stop.abort();
    await ended;
  }
}

async function showRealCluster(context: CommandContext, settings: Settings, repo: string): Promise<ExitCode> {
  const { streams, signal, version } = context;
  const reader = await openSettingsCluster(settings, version, signal);
  try {
    const commits: CommitInfo[] = [];
    const deps = { ...runDeps(context), reader, progress: context.progress, onCommit: (commit: CommitInfo) => { commits.push(commit); } };
    const mirror = await MirrorRun.open(settings, 'export', deps, signal);
    const { tape } = mirror;
    // The ending reads the tree, so it is told before the repository is given free.
    const result = await mirror.run(signal, () => {
      tellEnding({ print: (line) => streams.out(`${line}\n`), palette: streams, repo, program: programName(), tape, commits });
    });
    return result.uncovered.length > 0 ? EXIT.part : EXIT.done;
  } finally {
    await reader.close();
  }
}

function runDeps({ clock, version, logger }: CommandContext): Omit<MirrorRunDeps, 'reader' | 'progress'> {
  return { clock, version, log: logger, metrics: noMetrics, random: Math.random };
}

/** How this program was started, so that what the demo suggests can be typed. */
function programName(): string {
  const script = process.argv[1] ?? 'kubetape';
  return basename(script) === 'main.js' ? `node ${relative(process.cwd(), script)}` : basename(script);
}
