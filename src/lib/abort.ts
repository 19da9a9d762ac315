import { addAbortListener } from 'node:events';

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

/**
 * Calls `fn` once when the signal aborts (soon, when it already has). Dispose it as soon as it is not needed: a
 * listener that stays on a long-lived signal is a leak.
 */
export function onAbort(signal: AbortSignal, fn: () => void): Disposable {
  return addAbortListener(signal, fn);
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
