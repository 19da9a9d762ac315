import { openCluster, openWritableCluster } from '../../src/cluster/reader.js';
import type { JsonObject } from '../../src/lib/json.js';
import { apiVersionOf, type ResourceType } from '../../src/model/resource-type.js';
import type { Reference } from '../support/api-client.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../support/cluster-settings.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { clusterReaderContract, type ContractCluster } from './cluster-reader.js';
import { clusterWriterContract, type WritableCluster } from './cluster-writer.js';

describe('on a real control plane', () => {
  before(async function () {
    await controlPlaneOrSkip(this);
  });

  for (const protocol of ['h2', 'http/1.1'] as const) {
    clusterReaderContract(`real control plane, ${protocol}`, () => overControlPlane(protocol), { bookmarks: LONG });
    clusterWriterContract(`real control plane, ${protocol}`, () => writable(protocol));
  }
});

async function writable(protocol: 'h2' | 'http/1.1'): Promise<WritableCluster> {
  const plane = await sharedControlPlane();
  const opened = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig() }, {}, { ...CLUSTER_OPTIONS, protocol });
  const namespace = `writer-${protocol.replaceAll(/[^a-z0-9]/g, '')}`;
  await plane.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return { ...opened, namespace, close: () => opened.reader.close() };
}

async function overControlPlane(protocol: 'h2' | 'http/1.1'): Promise<ContractCluster> {
  const plane = await sharedControlPlane();
  const reader = await openCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig() }, {}, { ...CLUSTER_OPTIONS, protocol });
  return {
    reader,
    mutate: {
      async create(_type: ResourceType, object: JsonObject) {
        await plane.api.create(object as unknown as Reference);
      },
      async update(_type: ResourceType, object: JsonObject) {
        await plane.api.replace(object as unknown as Reference);
      },
      async remove(type: ResourceType, namespace: string, name: string) {
        await plane.api.delete({ apiVersion: apiVersionOf(type), kind: type.kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) } });
      },
    },
    // A watch cache that starts anew knows nothing older than its own first list.
    async makeGone() {
      await plane.killApiServer();
      await plane.startApiServer();
    },
    // A real server sends bookmarks by itself, about each minute: only the long form waits for one.
    close: () => reader.close(),
  };
}
