// One restore in a process of its own, to be killed: kubeconfig, folder of the bed, name of the run, namespace. Goes on with the run when its
// journal is there. The last line of its output says how it ended.
import { openWritableCluster } from '../../src/cluster/reader.js';
import { savePreRestore } from '../../src/restore/save.js';
import { listRuns } from '../../src/restore/run/journal.js';
import { runRestore } from '../../src/restore/run/run-restore.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import { RestoreBed, troubles } from './restore.js';

const [, , kubeconfig = '', folder = '', run = '', namespace = ''] = process.argv;
const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig }, {}, CLUSTER_OPTIONS);
const bed = new RestoreBed(reader, writer, folder);
await bed.plan({ namespaces: [namespace], options: { onImmutable: 'recreate' } }, async (planned, deps) => {
  const resumed = listRuns(deps.journals).includes(run);
  const report = await runRestore({ ...deps, save: savePreRestore(deps) }, planned, { run, concurrency: 16, waitMs: 20_000, settleMs: 0, resumed }, bed.signal);
  process.stdout.write(`${JSON.stringify({ resumed, interrupted: report.interrupted, saved: report.saved, counts: report.counts, troubles: troubles(report) })}\n`);
});
await reader.close();
