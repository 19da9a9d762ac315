import { LinkedSet } from './linked-set.js';

/**
 * Whether something was thrown because of an abort: an AbortError of the platform, or the reason of the given signal.
 * An abort is no failure; loops end quietly on it.
 */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted === true && error === signal.reason) {
    return true;
  }
  return error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR');
}

/** Who is to be called when a signal aborts, in the order in which they came. */
const waiting = new WeakMap<AbortSignal, LinkedSet<() => void>>();

/**
 * Calls `fn` once when the signal aborts (soon, when it already has). Dispose it as soon as it is not needed: a
 * listener that stays on a long-lived signal is a leak. However many call it, a signal gets one listener from here: node
 * adds and removes them in time proportional to those that are there, and warns from the eleventh on.
 */
export function onAbort(signal: AbortSignal, fn: () => void): Disposable {
  if (signal.aborted) {
    queueMicrotask(fn);
    return { [Symbol.dispose]: () => undefined };
  }
  const group = waiting.get(signal) ?? listen(signal);
  let wanted = true;
  const remove = group.add(() => { if (wanted) fn(); });
  return {
    [Symbol.dispose]() {
      wanted = false;
      remove();
      if (!group.isEmpty || waiting.get(signal) !== group) return;
      waiting.delete(signal);
      signal.removeEventListener('abort', callAll);
    },
  };
}

function listen(signal: AbortSignal): LinkedSet<() => void> {
  const group = new LinkedSet<() => void>();
  waiting.set(signal, group);
  signal.addEventListener('abort', callAll);
  return group;
}

function callAll(this: AbortSignal): void {
  const group = waiting.get(this);
  waiting.delete(this);
  for (const fn of group?.values() ?? []) {
    try {
      fn();
    } catch (error) {
      // As an event listener's error: it stops nobody else, and is not lost.
      queueMicrotask(() => { throw error; });
    }
  }
}

/** A controller that aborts with its parent; disposing it lets go of the parent and aborts nothing. */
export interface LinkedController extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * A child controller: aborted with the parent's reason when the parent is, or by itself. Replaces AbortSignal.any,
 * which leaks on Node 20 (nodejs/node issues 54614, 55351).
 */
export function linked(parent: AbortSignal): LinkedController {
  const controller = new AbortController();
  if (parent.aborted) {
    controller.abort(parent.reason);
  }
  const listener = onAbort(parent, () => {
    controller.abort(parent.reason);
  });
  return {
    signal: controller.signal,
    abort(reason?: unknown) {
      controller.abort(reason);
    },
    [Symbol.dispose]() {
      listener[Symbol.dispose]();
    },
  };
}
