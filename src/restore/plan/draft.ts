import { typeName } from '../../model/resource-type.js';
import type { PlanContext, Candidate, Draft } from './plan-deps.js';
import { readDesired, type DesiredObject } from '../desired.js';
import { classOf } from '../object-class.js';
import { calledServices, isBehind } from './platform.js';

/** The desired object of a candidate, in the version that can be written. */
export function desiredOf({ path, oid, type }: Candidate, { request, world }: PlanContext): DesiredObject {
  return readDesired(request.snapshot, path, oid, world.served(type) ?? type);
}

/**
 * Classifies every candidate and tells the world what will be written: only then can dependencies and owners be told. Bodies are
 * not kept.
 */
export function draftAll(candidates: readonly Candidate[], context: PlanContext): Draft[] {
  const { world } = context;
  const services: DesiredObject[] = [];
  const drafts = candidates.map((candidate): Draft => {
    const desired = desiredOf(candidate, context);
    const { class: kind, skip } = classOf(desired, world);
    if (skip === null && isWritable(candidate)) {
      world.learnStep(candidate.path);
      for (const place of calledServices(desired)) world.learnPlatformService(place);
      if (desired.type.resource === 'services' && desired.type.group === '') services.push(desired);
    }
    return { ...candidate, class: kind, skip };
  });
  learnPlatform(drafts, services, context);
  return drafts;
}

/** Objects that may be written once what they need is there. */
function isWritable({ verdict, type }: Candidate): boolean {
  if (verdict === 'terminating') return typeName(type) === 'namespaces';
  return verdict === 'missing' || verdict === 'differs' || verdict === 'not served';
}

/** Workloads behind a Service that the API server calls come before what needs the call. */
function learnPlatform(drafts: readonly Draft[], services: readonly DesiredObject[], context: PlanContext): void {
  const called = services.filter(({ id }) => context.world.isPlatformService(id));
  if (called.length === 0) return;
  const namespaces = new Set(called.map(({ id }) => id.namespace));
  for (const draft of drafts) {
    if (draft.skip !== null || !WORKLOADS.has(draft.type.resource)) continue;
    const desired = desiredOf(draft, context);
    if (namespaces.has(desired.id.namespace) && called.some((service) => isBehind(desired, service))) context.world.learnPlatformWorkload(draft.path);
  }
}

const WORKLOADS = new Set(['deployments', 'statefulsets', 'daemonsets', 'replicasets', 'replicationcontrollers', 'pods']);
