import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { sameElement } from './carry.js';

const ADDRESSES = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const;

/**
 * What a Service has been given and a PUT must not lose: without its addresses the server refuses, without its node ports
 * it silently allocates others (restore.md §6.3). Nothing is carried that the desired type of Service may not have.
 */
export function carryService(body: JsonObject, live: JsonObject): void {
  const spec = own(body, 'spec');
  const before = own(live, 'spec');
  if (!isObject(spec) || !isObject(before)) return;
  const type = own(spec, 'type') ?? 'ClusterIP';
  if (type === 'ExternalName') return;
  for (const key of ADDRESSES) keep(spec, before, key);
  if (type === 'ClusterIP') return;
  if (own(spec, 'allocateLoadBalancerNodePorts') !== false) keepNodePorts(spec, before);
  if (type === 'LoadBalancer') keep(spec, before, 'loadBalancerClass');
  if (type === 'LoadBalancer' && own(spec, 'externalTrafficPolicy') === 'Local') keep(spec, before, 'healthCheckNodePort');
}

function keep(spec: JsonObject, before: JsonObject, key: string): void {
  const value = own(before, key);
  if (value !== undefined && !Object.hasOwn(spec, key)) setOwn(spec, key, copyJson(value));
}

function keepNodePorts(spec: JsonObject, before: JsonObject): void {
  for (const port of ports(spec)) {
    const twin = ports(before).find((other) => sameElement(withProtocol(other), withProtocol(port)));
    if (twin !== undefined) keep(port, twin, 'nodePort');
  }
}

/** Ports are the same by number and protocol, whatever they are called. */
function withProtocol(port: JsonObject): JsonObject {
  return { port: own(port, 'port') ?? null, protocol: own(port, 'protocol') ?? 'TCP' };
}

function ports(spec: JsonObject): JsonObject[] {
  const list: Json | undefined = own(spec, 'ports');
  return Array.isArray(list) ? list.filter(isObject) : [];
}
