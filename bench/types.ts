// Many served types: the first complete sync, all watches open: node --import tsx bench/types.ts [2000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlPlane } from '../test/support/control-plane.js';
import { tokenOf } from '../test/support/control-plane-files.js';
import { call } from './load.js';
import { measure, row, waitFor } from './measure.js';

const COUNT = Number(process.argv[2] ?? 2_000);
const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const folder = mkdtempSync(join(tmpdir(), 'kubetape-bench-'));
const plane = await ControlPlane.start({ controllerManager: false });
const api = { server: plane.server, token: tokenOf('admin') };
try {
  for (let i = 0; i < COUNT; i++) await call(api, 'POST', CRDS, definition(i));
  const served = async (): Promise<boolean> => (await call(api, 'GET', listPath(COUNT - 1))).status === 200;
  await waitFor('the last type is served', served, 600_000);
  const args = [MAIN, 'mirror', '--once-synced', '--repo', join(folder, 'types.git'), '--kubeconfig', plane.kubeconfig()];
  const { seconds, peakMb, exitCode } = await measure(process.execPath, args);
  row(`${COUNT} custom types: start to first complete sync, end`, `${seconds.toFixed(1)} s`, `peak ${peakMb.toFixed(0)} MB, exit ${exitCode}`);
} finally {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
}

function listPath(i: number): string {
  return `/apis/g${i % 40}.example.com/v1/things${i}`;
}

function definition(i: number): string {
  const group = `g${i % 40}.example.com`;
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `things${i}.${group}` },
    spec: {
      group, scope: 'Namespaced',
      names: { plural: `things${i}`, singular: `thing${i}`, kind: `Thing${i}`, listKind: `Thing${i}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  });
}
