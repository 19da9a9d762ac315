import { escapeText } from '../../lib/escape.js';
import type { WriteAnswer } from '../../model/cluster-writer.js';

export type Refused = Extract<WriteAnswer, { readonly kind: 'refused' }>;

/** What a refusal means for what to do next; told by status, reason and causes, by words only where the server gives nothing else. */
export type RefusalSort =
  | 'exists' // somebody made it meanwhile
  | 'deleting' // it is still being deleted
  | 'conflict' // another resourceVersion (or uid) is live
  | 'gone' // the object is not there (any more)
  | 'no place' // its namespace or its type is not there (yet)
  | 'namespace terminating'
  | 'taken' // an address or a port belongs to somebody else
  | 'invalid' // 422: the object, or this change of it
  | 'webhook' // a webhook could not be called
  | 'busy' // 429, 503, timeouts: later
  | 'denied'; // rights, quota, admission: the server's last word

/** `named`: the request was for an existing object (PUT, PATCH, DELETE), so 404 can mean that it is gone. */
export function sortOf(refusal: Refused, named: boolean): RefusalSort {
  const { status, reason, message, causes } = refusal;
  if (isWebhookFailure(message)) return 'webhook';
  if (status === 409 && reason === 'AlreadyExists') return /object is being deleted/.test(message) ? 'deleting' : 'exists';
  if (status === 409) return 'conflict';
  if (status === 404) return named && reason === 'NotFound' && !/namespaces? "/.test(message) && message !== 'the server could not find the requested resource' ? 'gone' : 'no place';
  if (causes.some((cause) => cause.reason === 'NamespaceTerminating') || /because it is being terminated/.test(message)) return 'namespace terminating';
  if (status === 422 || (status === 500 && isAllocation(message))) return isAllocation(message) ? 'taken' : 'invalid';
  if (status === 429 || status === 503 || status === 504 || (status >= 500 && reason !== 'InternalError')) return 'busy';
  if (status === 500) return 'busy';
  return 'denied';
}

/** Words of the allocators of Service addresses and ports; they have no reason of their own. */
function isAllocation(message: string): boolean {
  return /already allocated|not in the valid range|failed to allocate|provided (?:port|IP) is|is not in the valid range/.test(message);
}

function isWebhookFailure(message: string): boolean {
  return /failed calling webhook|failed to call webhook/.test(message) || isConversionFailure(message);
}

/** Nobody converts objects of this type: their operator does not run (yet). */
export function isConversionFailure(message: string): boolean {
  return /conversion webhook for/.test(message);
}

/** The server's words, fit for a report: escaped and cut. Values of Secrets are not in refusals of Kubernetes, but long texts are. */
export function wordsOf({ status, message, reason }: Refused): string {
  const words = message === '' ? reason : message;
  const escaped = escapeText(words.replaceAll(/\s*\n\s*/g, ' '));
  return `${status}: ${escaped.length > 600 ? `${escaped.slice(0, 600)}…` : escaped}`;
}
