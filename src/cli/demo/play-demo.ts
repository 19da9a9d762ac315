import { linked } from '../../lib/abort.js';
import { AppError } from '../../lib/errors.js';
import { EXIT } from '../../lib/exit-codes.js';
import type { CommitInfo, Oid, Tape } from '../../model/tape.js';
import { heartbeat } from '../../standin/heartbeat.js';
import type { StandInCluster } from '../../standin/stand-in-cluster.js';
import { commitLines, tellEnding, type ShownChange } from './ending.js';
import type { PutBack } from './put-back.js';
import { DELETED_PATH, DIFF_PATH, SCENES, type Scene } from './scenes.js';
import { clip, headline, wrap, type Palette } from './text.js';

export interface DemoOptions {
  /** Holds the application (installApplication) already, and is being mirrored. */
  readonly cluster: StandInCluster;
  /**
   * The oldest commit of the mirror that was not handed out yet, as soon as there is one; the first is the baseline.
   * Rejects when the mirror ends, and with the signal's reason.
   */
  readonly committed: (signal: AbortSignal) => Promise<CommitInfo>;
  readonly print: (line: string) => void;
  readonly palette: Palette;
  /** Where the repository is, as a person types it. */
  readonly repo: string;
  /** What was deleted by mistake is put back by it. */
  readonly putBack: Pick<PutBack, 'restore' | 'prove'>;
  /** How this program is started; default `kubetape`. */
  readonly program?: string;
  readonly tape: Pick<Tape, 'head' | 'oidAt' | 'read' | 'files' | 'folders'>;
  /** The longest that a change may take into a commit; default 30 s. */
  readonly patienceMs?: number;
}

/** A change of the story did not reach the repository: the demo has found a defect. */
export class DemoError extends AppError<'NOT_COMMITTED'> {
  readonly exitCode = EXIT.internal;
  readonly retry = false;
}

/**
 * Plays the scripted day: one scene after the other, each followed by the commits that it led to, then the ending.
 * Throws DemoError when a change is not committed in time, and what `committed` rejects with.
 */
export async function playDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { cluster, print, palette } = options;
  const commits: CommitInfo[] = [];
  tellOpening(options);
  await collect(options, commits, 'the first picture of the cluster', () => commits.length > 0, signal);
  const [start, firstWrite] = [commits.length, cluster.revision];
  let change: ShownChange | undefined;
  let last: CommitInfo | undefined;
  let lost: Oid | null = null;
  for (const [index, scene] of SCENES.entries()) {
    const before = new Map(scene.paths.map((path) => [path, options.tape.oidAt(path)]));
    last = commits.at(-1);
    lost = options.tape.oidAt(DELETED_PATH);
    tellScene(options, scene, index + 1);
    await scene.act(cluster);
    heartbeat(cluster, new Date());
    const done = (): boolean => scene.paths.every((path) => options.tape.oidAt(path) !== before.get(path));
    await collect(options, commits, scene.title, done, signal);
    if (scene.paths.includes(DIFF_PATH)) change = changeOf(options.tape, DIFF_PATH, before.get(DIFF_PATH));
  }
  if (last !== undefined) await putBack(options, commits, last, lost, signal);
  print('');
  for (const text of wrap(noise(cluster.revision - firstWrite, commits.length - start), '')) print(palette.paint('dim', text));
  tellEnding({
    print, palette, repo: options.repo, program: options.program ?? 'kubetape', tape: options.tape, commits, namespace: 'shop',
    ...(change === undefined ? {} : { change }),
    ...(last === undefined ? {} : { deleted: { path: DELETED_PATH, last } }),
  });
}

/** Undoes the accident; the mirror then commits the very file that was lost, and live equals the head. */
async function putBack(options: DemoOptions, commits: CommitInfo[], before: CommitInfo, lost: Oid | null, signal: AbortSignal): Promise<void> {
  await options.putBack.restore(SCENES.length + 1, before, signal);
  await collect(options, commits, 'what was put back', () => options.tape.oidAt(DELETED_PATH) === lost, signal);
  await options.putBack.prove(signal);
}

/** Prints commits until the condition holds and the newest one was printed. */
async function collect(options: DemoOptions, commits: CommitInfo[], what: string, done: () => boolean, signal: AbortSignal): Promise<void> {
  const patienceMs = options.patienceMs ?? 30_000;
  using deadline = linked(signal);
  const timer = setTimeout(() => deadline.abort(new DemoError('NOT_COMMITTED', `The mirror did not commit within ${patienceMs / 1000} s: ${what}`)), patienceMs);
  try {
    do {
      const commit = await options.committed(deadline.signal);
      commits.push(commit);
      for (const text of commitLines(commit, options.palette)) options.print(text);
    } while (!done() || options.tape.head()?.oid !== commits.at(-1)?.oid);
  } finally {
    clearTimeout(timer);
  }
}

function tellOpening({ cluster, print, palette, repo }: DemoOptions): void {
  print(palette.paint('bold', 'kubetape demo'));
  print(`  cluster     ${cluster.name}`);
  print(`  repository  ${repo}`);
  print('');
  const namespaces = cluster.readAll('namespaces').length;
  for (const text of wrap(`The cluster holds an online shop: ${namespaces} namespaces, ${cluster.readAll('deployments.apps').length} Deployments, ${cluster.readAll('pods').length} Pods, a custom type, Secrets. kubetape lists every type once and makes one commit of it:`, '')) print(text);
}

function tellScene({ print, palette }: DemoOptions, scene: Scene, number: number): void {
  for (const text of headline(palette, `${number}. ${scene.title}`)) print(text);
  print(palette.paint('cyan', clip(`   $ ${scene.command}`)));
  for (const text of wrap(scene.say, '   ')) print(text);
}

/** Counted, not claimed: the store's counter of writes beside the number of commits. */
function noise(writes: number, commits: number): string {
  return `Since the first commit the cluster was written to ${writes} times (Pods, status, leases, heartbeats of nodes and leaders, Events). kubetape made ${commits} commits of it.`;
}

function changeOf(tape: DemoOptions['tape'], path: string, before: Oid | null | undefined): ShownChange | undefined {
  const after = tape.oidAt(path);
  if (before === null || before === undefined || after === null) return undefined;
  return { path, before: tape.read(before).toString('utf8'), after: tape.read(after).toString('utf8') };
}
