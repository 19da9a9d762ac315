import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { typeName } from '../model/resource-type.js';
import type { ClusterFacts, FactChange, ScaleTarget } from './facts.js';
import type { Reflectors } from './reflectors.js';
import type { TypeKeeper } from './type-keeper.js';

interface Followers {
  readonly types: TypeKeeper | null;
  readonly reflectors: Reflectors | null;
  readonly log: Logger;
}

/** Whoever depends on a fact that changed is told: discovery, lists by namespace, the targets of autoscalers. */
export function factsChanged(change: FactChange, facts: ClusterFacts, followers: Followers, signal: AbortSignal): void {
  if (change.types) followers.types?.servedTypesMayHaveChanged();
  if (facts.namespaces.size > 0) followers.reflectors?.namespacesChanged(signal);
  for (const target of change.rescaled) void reread(target, followers, signal);
}

async function reread(target: ScaleTarget, { types, reflectors, log }: Followers, signal: AbortSignal): Promise<void> {
  const type = types?.byKind(target.group, target.kind);
  const reflector = type === undefined ? undefined : reflectors?.of(type, target.namespace);
  if (reflector === undefined) return;
  try {
    await reflector.reread(target.name, target.namespace, signal);
  } catch (error) {
    if (signal.aborted) return;
    log.warn('Could not read the target of an autoscaler again; listing its type', { type: typeName(reflector.type), reason: messageOf(error) });
    void reflector.relistWithoutFloor();
  }
}
