import { parseDuration } from '../../lib/duration.js';
import type { RestoreOptions } from '../../model/restore-plan.js';
import type { CommandOptions } from '../context.js';
import { text } from '../option-values.js';
import { UsageError } from '../usage-error.js';

/** How a run is carried out; nothing of it changes what is put back. */
export interface RunManners {
  /** Do not ask. */
  readonly yes: boolean;
  /** undefined: the default of plan or run. */
  readonly concurrency: number | undefined;
  readonly waitMs: number;
  readonly settleMs: number;
  /** Where reports go. */
  readonly report: string | undefined;
}

const WAIT_MS = 60_000;
const SETTLE_MS = 5_000;
const MOST_AT_ONCE = 512;

/** The options that decide what becomes of objects; commander has checked their choices. */
export function restoreOptions(options: CommandOptions): RestoreOptions {
  const onlyMissing = options['onlyMissing'] === true;
  const onExisting = text(options['onExisting']);
  if (onlyMissing && onExisting !== undefined && onExisting !== 'skip') throw usage(`--only-missing and --on-existing ${onExisting} contradict each other`, '--only-missing never touches what exists');
  const strategy = (text(options['strategy']) ?? 'exact') as RestoreOptions['strategy'];
  const onImmutable = (text(options['onImmutable']) ?? 'keep') as RestoreOptions['onImmutable'];
  if (strategy === 'merge' && onImmutable === 'recreate') throw usage('--strategy merge never recreates', 'Leave out --on-immutable recreate, or restore exactly');
  return { onlyMissing, onExisting: (onExisting ?? 'update') as RestoreOptions['onExisting'], onImmutable, strategy, toOtherCluster: options['toOtherCluster'] === true };
}

export function runManners(options: CommandOptions): RunManners {
  return {
    yes: options['yes'] === true,
    concurrency: concurrency(text(options['concurrency'])),
    waitMs: duration('wait', text(options['wait']), WAIT_MS),
    settleMs: duration('settle', text(options['settle']), SETTLE_MS),
    report: text(options['report']),
  };
}

/** Options that a plan file or a journal has already said. */
export function assertNoPlanOptions(options: CommandOptions, words: readonly string[], from: string): void {
  const given = [
    ...(words.length > 0 ? ['a revision or objects'] : []),
    ...Object.entries(OF_PLAN).filter(([name]) => options[name] !== undefined && options[name] !== false).map(([, flag]) => flag),
  ];
  if (given.length > 0) throw usage(`${from} says already what is restored and how; ${given.join(', ')} cannot be given besides`, `Leave out what ${from} says, or plan anew`);
}

const OF_PLAN: Readonly<Record<string, string>> = {
  namespace: '-n', allNamespaces: '-A', selector: '-l', exclude: '--exclude', onlyMissing: '--only-missing', onExisting: '--on-existing',
  onImmutable: '--on-immutable', strategy: '--strategy', toOtherCluster: '--to-other-cluster',
};

/** The flags that differ from their defaults, as they are typed. */
export function optionWords({ onlyMissing, onExisting, onImmutable, strategy, toOtherCluster }: RestoreOptions): string[] {
  return [
    ...(onlyMissing ? ['--only-missing'] : []),
    ...(onExisting === 'update' ? [] : ['--on-existing', onExisting]),
    ...(onImmutable === 'keep' ? [] : ['--on-immutable', onImmutable]),
    ...(strategy === 'exact' ? [] : ['--strategy', strategy]),
    ...(toOtherCluster ? ['--to-other-cluster'] : []),
  ];
}

function concurrency(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const count = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > MOST_AT_ONCE) throw usage(`Could not read the concurrency "${given}"`, `Write a whole number from 1 to ${MOST_AT_ONCE}`);
  return count;
}

function duration(flag: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const ms = parseDuration(given);
  if (ms === null) throw usage(`Could not read the duration "${given}" of --${flag}`, 'Write it as 10s or 1m30s; 0 does not wait');
  return ms;
}

function usage(message: string, hint: string): UsageError {
  return new UsageError('USAGE', message, { hint });
}
