import type { JsonObject } from '../../src/lib/json.js';
import { typeName, type ResourceType } from '../../src/model/resource-type.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { clusterReaderContract, type ContractCluster } from './cluster-reader.js';
import { clusterWriterContract } from './cluster-writer.js';

clusterReaderContract('stand-in', async () => overStandIn(new StandInCluster()));
clusterWriterContract('stand-in', async () => {
  const reader = new StandInCluster();
  reader.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'writer' } });
  return { reader, writer: reader.writer, namespace: 'writer', close: () => reader.close() };
});

function overStandIn(cluster: StandInCluster): ContractCluster {
  return {
    reader: cluster,
    mutate: {
      async create(_type: ResourceType, object: JsonObject) {
        cluster.create(object);
      },
      async update(_type: ResourceType, object: JsonObject) {
        cluster.update(object);
      },
      async remove(type: ResourceType, namespace: string, name: string) {
        cluster.remove(typeName(type), namespace, name);
      },
    },
    async makeGone() {
      cluster.compact();
    },
    async bookmark() {
      cluster.bookmark();
    },
    close: () => cluster.close(),
  };
}
