import { expect } from 'chai';
import { Drift } from '../../../../src/cli/diff/drift.js';
import { driftScreen, type DriftScreen } from '../../../../src/cli/diff/drift-screen.js';
import type { OpenDiff } from '../../../../src/cli/diff/open-diff.js';
import type { DiffRequest } from '../../../../src/cli/diff/diff-request.js';
import { shownOf } from '../../../../src/cli/diff/shown.js';
import type { Gap } from '../../../../src/cli/diff/totals.js';
import { watchDrift } from '../../../../src/cli/diff/watch-drift.js';
import type { CommandContext } from '../../../../src/cli/context.js';
import { displayWidth } from '../../../../src/cli/render/display-width.js';
import { noProgress } from '../../../../src/model/progress.js';
import { ClusterError } from '../../../../src/model/cluster-error.js';
import type { ObjectDifference } from '../../../../src/model/comparison.js';
import { configMap, deployment, role } from '../../../support/objects.js';
import { fakeStreams } from '../fake-streams.js';
import { COMPARED, difference, HOSTILE, ORDERS, side } from './support.js';

const scaled = (to: number): ObjectDifference => difference('deployments.apps', side(deployment('shop', 'web', 2)), side(deployment('shop', 'web', to)));
const ADDED = difference('configmaps', null, side(configMap('shop', 'new')));
const START = Date.UTC(2026, 10, 20, 14);

const REQUEST: DiffRequest = { revisions: [], manifests: [], exact: false, all: false, reveal: false, toOtherCluster: false, contextLines: 3, watchMs: 5000 };

type Round = readonly ObjectDifference[] | Error;

/** Runs --watch over these rounds; Ctrl-C comes in the wait after the last one. */
async function watch(rounds: readonly Round[], gaps: readonly Gap[] = []): Promise<{ readonly out: string; readonly err: string; readonly end: unknown; readonly looks: number }> {
  const streams = { ...fakeStreams(), outClosed: new AbortController().signal };
  const stop = new AbortController();
  let [now, round] = [START, 0];
  const clock = {
    now: () => now,
    async sleep(ms: number, signal: AbortSignal) {
      now += ms;
      if (round === rounds.length) stop.abort(new Error('Ctrl-C'));
      signal.throwIfAborted();
    },
  };
  const diff: OpenDiff = {
    compared: () => COMPARED,
    refresh: () => undefined,
    source: () => ({
      differences: (async function* () {
        const result = rounds[round++] ?? [];
        if (result instanceof Error) throw result;
        yield* result;
      })(),
      gaps: () => gaps,
      notes: () => [],
    }),
    async [Symbol.asyncDispose]() {},
  };
  const context = { streams, signal: stop.signal, clock, output: 'fields', progress: noProgress } as unknown as CommandContext;
  const end = await watchDrift(context, diff, REQUEST, 5000).catch((error: unknown) => error);
  return { out: streams.stdout(), err: streams.stderr(), end, looks: round };
}

describe('cli/diff: --watch', () => {
  it('prints the differences, then a line a change, and ends with the signal', async () => {
    const { out, end } = await watch([[scaled(5)], [scaled(5)], [scaled(7), ADDED], [ADDED]]);
    const lines = out.trimEnd().split('\n');

    expect(lines[0]).to.equal('changed  shop  deployments.apps/web  spec.replicas 2 → 5');
    expect(lines.slice(1).map((line) => line.replace(/^2026\S+ /, ''))).to.deep.equal([
      'changed deployments.apps/web in shop: spec.replicas 2 → 7',
      'added configmaps/new in shop',
      'equal again: deployments.apps/web in shop',
    ]);
    expect((end as Error).message).to.equal('Ctrl-C');
  });

  it('shows an error that can pass and tries again', async () => {
    const { err, looks, out } = await watch([[scaled(5)], new ClusterError('UNREACHABLE', 'Could not reach\n the server'), [scaled(5)]]);

    expect(err).to.equal('Could not compare, trying again: Could not reach\\x0a the server\nThe cluster answers again\n');
    expect(looks).to.equal(3);
    expect(out.split('\n')).to.have.length(2);
  });

  it('ends with an error that stays, and with any at the first comparison', async () => {
    const forbidden = new ClusterError('FORBIDDEN', 'forbidden');
    const unreachable = new ClusterError('UNREACHABLE', 'nobody there');

    expect((await watch([[], forbidden])).end).to.equal(forbidden);
    expect((await watch([unreachable, []])).end).to.equal(unreachable);
  });

  it('says once what is not compared', async () => {
    const { err } = await watch([[], [], []], [{ verdict: 'not covered', what: 'secrets', reason: 'forbidden' }]);
    expect(err).to.equal('not compared: secrets: forbidden\n');
  });

  it('keeps since when an object differs, however it differs', () => {
    const drift = new Drift();
    drift.update([shownOf(scaled(5), false)], 1000);
    expect(drift.update([shownOf(scaled(7), false)], 2000).map(({ what }) => what)).to.deep.equal(['other']);
    expect(drift.entries().map(({ since, words }) => [since, words])).to.deep.equal([[1000, 'spec.replicas 2 → 7']]);
    drift.update([], 3000);
    drift.update([shownOf(scaled(7), false)], 4000);
    expect(drift.entries()[0]?.since).to.equal(4000);
  });

  it('draws one screen that fits, whatever differs', () => {
    const drift = new Drift();
    const hostile = difference('roles.rbac.authorization.k8s.io', side(role('shop', HOSTILE, ['get'])), side(role('shop', HOSTILE, [HOSTILE])));
    const many = Array.from({ length: 40 }, (_, i) => difference('configmaps', null, side(configMap('shop', `new-${i}`))));
    drift.update([hostile, ...many].map((each) => shownOf(each, false)), START);
    const screen: DriftScreen = {
      headline: 'commit to live', entries: drift.entries(), gaps: [{ verdict: 'not covered', what: 'secrets', reason: null }], error: 'down',
      now: START + 65_000, columns: 60, rows: 12, paint: (_style, text) => text,
    };
    const drawn = driftScreen(screen).replaceAll('\u001B[H', '').replaceAll('\u001B[K', '').replaceAll('\u001B[J', '');
    const lines = drawn.trimEnd().split('\n');

    expect(lines.length).to.be.below(12);
    expect(Math.max(...lines.map(displayWidth))).to.be.below(60);
    expect(drawn).to.not.match(ORDERS);
    expect(drawn).to.match(/^SINCE +CHANGE/m).and.match(/^1m5s/m).and.contain('and 37 more').and.contain('41 objects differ').and.contain('not compared: secrets').and.contain('down');
  });
});
