import { expect } from 'chai';
import type { JsonObject } from '../../../src/lib/json.js';
import { ClusterError } from '../../../src/model/cluster-error.js';
import type { ClusterReader, ListRequest } from '../../../src/model/cluster-reader.js';
import { typeName, type ResourceType } from '../../../src/model/resource-type.js';

/** An object of any kind, as a test looks at it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

export function namespaceOf(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function configMapOf(namespace: string, name: string, data: JsonObject = { key: 'value' }): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function deploymentOf(namespace: string, name: string, replicas: number, image = 'web:1'): JsonObject {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels: { app: name } },
    spec: {
      replicas, selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }] }] } },
    },
  };
}

export function definitionOf(plural: string, group: string): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { plural, kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
}

/** The type as discovery has it. */
export async function typeNamed(reader: ClusterReader, name: string): Promise<ResourceType> {
  const { types } = await reader.discover(new Map(), AbortSignal.timeout(5_000));
  const type = types.find((entry) => typeName(entry) === name);
  if (type === undefined) throw new Error(`${name} is not served`);
  return type;
}

/** Text of each item of a complete list. */
export async function listText(reader: ClusterReader, name: string, request: ListRequest = {}): Promise<string> {
  let text = '';
  for await (const chunk of reader.list(await typeNamed(reader, name), request, AbortSignal.timeout(5_000))) {
    if (chunk.kind === 'items') text += `${text === '' ? '' : ','}${Buffer.from(chunk.items).toString('utf8')}`;
  }
  return `[${text}]`;
}

export async function listItems(reader: ClusterReader, name: string, request: ListRequest = {}): Promise<Loose[]> {
  return JSON.parse(await listText(reader, name, request));
}

/** What a rejected request is answered. */
export async function errorOf(act: () => unknown): Promise<ClusterError> {
  try {
    await act();
  } catch (error) {
    expect(error).to.be.instanceOf(ClusterError);
    return error as ClusterError;
  }
  throw new Error('Nothing was thrown');
}

export async function drain(iterable: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of iterable);
}
