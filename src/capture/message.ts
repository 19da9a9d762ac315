import { cutEscaped, escapeLine, escapeText } from '../lib/escape.js';
import type { CommitEvent } from './stage.js';
import { fieldPhrase, type Described } from '../diff/describe.js';
import { shortValue } from '../diff/field-changes.js';

/** One fact about a commit for programs; the contract lists the keys. */
export interface Trailers {
  readonly cluster: string;
  readonly completeTo: string | null;
  readonly managers: readonly string[];
  readonly coverage: string;
  readonly rules: string;
  readonly version: string;
  readonly event: CommitEvent;
  /** Namespaces that were being deleted: the commit is a bad restore point. */
  readonly terminating: readonly string[];
}

/** What a commit consists of: its objects one by one, or counts where there are too many. */
export type Contents =
  | { readonly kind: 'objects'; readonly objects: readonly Described[] }
  | { readonly kind: 'counts'; readonly counts: readonly TypeCount[] };

export interface TypeCount {
  /** `deployments.apps` */
  readonly type: string;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

const SUBJECT_LENGTH = 100;

/** Subject in a person's words, body with one line an object or type, trailers. */
export function commitMessage(contents: Contents, headline: string | null, trailers: Trailers): string {
  const lines = contents.kind === 'objects' ? contents.objects.flatMap(objectLines) : contents.counts.map(countLine);
  const subject = cutEscaped(headline === null ? subjectOf(contents) : escapeText(headline), SUBJECT_LENGTH);
  const body = lines.length > 0 && !(contents.kind === 'objects' && lines.length === 1 && headline === null) ? `\n${lines.join('\n')}\n` : '';
  return `${subject}\n${body}\n${trailerLines(trailers).join('\n')}\n`;
}

function subjectOf(contents: Contents): string {
  if (contents.kind === 'counts') return countsSubject(contents.counts);
  const { objects } = contents;
  const [first] = objects;
  if (first === undefined) return 'Coverage changed';
  const namespaces = new Set(objects.map(({ namespace }) => namespace));
  const where = namespaces.size === 1 && first.namespace !== '' ? `${escapeLine(first.namespace, 63)}: ` : '';
  if (objects.length === 1) return `${where}${phrase(first)}`;
  return `${where}${objects.slice(0, 3).map(({ verb, object }) => `${verb} ${object}`).join(', ')}${objects.length > 3 ? ` and ${objects.length - 3} more` : ''}`;
}

function phrase({ verb, object, fields, secret }: Described): string {
  if (verb !== 'update' || fields.length === 0) return `${verb} ${object}`;
  const replicas = fields.length === 1 && fields[0]?.path === 'spec.replicas' ? fields[0] : undefined;
  if (replicas !== undefined) return `scale ${object} ${shortValue(replicas.before ?? 1)} → ${shortValue(replicas.after ?? 1)}`;
  const rest = fields.length > 2 ? ` and ${fields.length - 2} more` : '';
  return `update ${object} ${fields.slice(0, 2).map((field) => fieldPhrase(field, secret)).join(', ')}${rest}`;
}

function countsSubject(counts: readonly TypeCount[]): string {
  const sum = (of: 'created' | 'updated' | 'deleted'): number => counts.reduce((total, count) => total + count[of], 0);
  const parts = (['created', 'updated', 'deleted'] as const).map((of) => [of, sum(of)] as const).filter(([, n]) => n > 0);
  return `${parts.map(([of, n]) => `${n} ${of}`).join(', ')} in ${counts.length} ${counts.length === 1 ? 'type' : 'types'}`;
}

function objectLines({ verb, namespace, object, fields, secret }: Described): string[] {
  const where = namespace === '' ? '' : `${escapeLine(namespace, 63)}: `;
  const head = `- ${where}${verb} ${object}`;
  const shown = fields.slice(0, 10).map((field) => `  - ${fieldPhrase(field, secret)}`);
  return [head, ...shown, ...(fields.length > 10 ? [`  - and ${fields.length - 10} more fields`] : [])];
}

function countLine({ type, created, updated, deleted }: TypeCount): string {
  return `- ${escapeLine(type, 200)}: ${created} created, ${updated} updated, ${deleted} deleted`;
}

function trailerLines(trailers: Trailers): string[] {
  const managers = trailers.managers.slice(0, 5).map((manager) => escapeLine(manager, 60));
  return [
    `Kubetape-Event: ${trailers.event}`,
    `Kubetape-Cluster: ${escapeLine(trailers.cluster, 200)}`,
    ...(trailers.completeTo === null ? [] : [`Kubetape-Complete-To: ${escapeLine(trailers.completeTo, 40)}`]),
    ...(managers.length === 0 ? [] : [`Kubetape-Managers: ${managers.join(', ')}`]),
    ...(trailers.terminating.length === 0 ? [] : [`Kubetape-Terminating: ${trailers.terminating.slice(0, 20).map((name) => escapeLine(name, 63)).join(', ')}`]),
    `Kubetape-Coverage: ${trailers.coverage}`,
    `Kubetape-Rules: ${trailers.rules}`,
    `Kubetape-Version: ${trailers.version}`,
  ];
}
