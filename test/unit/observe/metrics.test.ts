import { expect } from 'chai';
import { createMetrics } from '../../../src/observe/metrics.js';

/** The samples of an exposition: `name{labels}` → value. */
async function samplesOf(metrics: ReturnType<typeof createMetrics>): Promise<Map<string, number>> {
  const { body } = await metrics.exposition();
  return new Map(
    body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('observe/metrics', () => {
  it('counts objects by the last list and the events since', async () => {
    const metrics = createMetrics();

    metrics.listed('secrets', 10);
    metrics.observed('secrets', 'ADDED', 3);
    metrics.observed('secrets', 'MODIFIED', 5);
    metrics.observed('secrets', 'DELETED');
    const samples = await samplesOf(metrics);

    expect(samples.get('kubetape_objects{type="secrets"}')).to.equal(12);
    expect(samples.get('kubetape_events_total{type="secrets",change="MODIFIED"}')).to.equal(5);
  });

  it('measures commits in seconds: lag, duration, time, head', async () => {
    const metrics = createMetrics();

    metrics.committed({ oid: '00000000000f' + 'a'.repeat(28), at: 1_700_000_000_000, changes: 2, durationMs: 3, lagsMs: [900, 1100] });
    const samples = await samplesOf(metrics);

    expect(samples.get('kubetape_commits_total')).to.equal(1);
    expect(samples.get('kubetape_changed_paths_total')).to.equal(2);
    expect(samples.get('kubetape_commit_duration_seconds_sum')).to.equal(0.003);
    expect(samples.get('kubetape_event_to_commit_seconds_bucket{le="1"}')).to.equal(1);
    expect(samples.get('kubetape_event_to_commit_seconds_count')).to.equal(2);
    expect(samples.get('kubetape_last_commit_timestamp_seconds')).to.equal(1_700_000_000);
    expect(samples.get('kubetape_head')).to.equal(15);
  });

  it('counts what goes wrong', async () => {
    const metrics = createMetrics();

    metrics.relisted('a', 'gone');
    metrics.gone410('a');
    metrics.failed('UNREACHABLE');
    metrics.unsynced(7);
    metrics.storeWentBack();
    metrics.sweepHeld('a');
    const samples = await samplesOf(metrics);

    expect(samples.get('kubetape_relists_total{type="a",reason="gone"}')).to.equal(1);
    expect(samples.get('kubetape_gone_total{type="a"}')).to.equal(1);
    expect(samples.get('kubetape_errors_total{code="UNREACHABLE"}')).to.equal(1);
    expect(samples.get('kubetape_unsynced_types')).to.equal(7);
    expect(samples.get('kubetape_store_went_back_total')).to.equal(1);
    expect(samples.get('kubetape_sweeps_held_total{type="a"}')).to.equal(1);
  });

  it('ends every series of a type that is gone, and of no other', async () => {
    const metrics = createMetrics();
    for (const type of ['gone.example', 'kept.example']) {
      metrics.listed(type, 1);
      metrics.observed(type, 'ADDED');
      metrics.relisted(type, 'cut');
      metrics.gone410(type);
      metrics.sweepHeld(type);
    }

    metrics.typeGone('gone.example');
    const names = [...(await samplesOf(metrics)).keys()];

    expect(names.filter((name) => name.includes('gone.example'))).to.deep.equal([]);
    expect(names.filter((name) => name.includes('kept.example'))).to.have.length(5);
  });

  it('shares nothing between two of them', async () => {
    const first = createMetrics();
    const second = createMetrics();
    first.unsynced(3);

    expect((await samplesOf(second)).get('kubetape_unsynced_types')).to.equal(0);
  });
});
