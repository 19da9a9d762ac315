import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { parseJson, stringifyJson } from '../lib/parse-json.js';
import type { ClusterWriter, Preconditions, RefusalCause, WriteAnswer, WriteOptions } from '../model/cluster-writer.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Method } from './backend.js';
import { readWhole } from './body.js';
import { requestError } from './errors.js';
import type { Timeouts } from './options.js';
import { collectionPath, describeObject, objectPath } from './paths.js';
import type { Transport, TransportResponse } from './transport.js';

const MAX_OBJECT = 64 * 1024 * 1024;
const JSON_TYPE = 'application/json';
/** Metadata alone (Kubernetes API concepts, "Metadata-only fetches"), or the object from a server that cannot. */
const METADATA_TYPE = `${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,${JSON_TYPE}`;

interface Write {
  readonly method: Method;
  readonly what: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  readonly type: string;
  readonly verdictOnly?: boolean | undefined;
}

/** Writes over the same connections as the reader; see the port for what it promises. */
export class HttpClusterWriter implements ClusterWriter {
  readonly #transport: Transport;
  readonly #timeouts: Timeouts;

  constructor(transport: Transport, timeouts: Timeouts) {
    this.#transport = transport;
    this.#timeouts = timeouts;
  }

  create(type: ResourceType, namespace: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    const what = `create ${describeObject(type, namespace, nameOf(body))}`;
    return this.#send({ method: 'POST', what, path: collectionPath(type, namespace), query: query(options), body, type: JSON_TYPE, verdictOnly: options.verdictOnly }, signal);
  }

  replace(type: ResourceType, namespace: string, name: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    const what = `replace ${describeObject(type, namespace, name)}`;
    return this.#send({ method: 'PUT', what, path: objectPath(type, namespace, name), query: query(options), body, type: JSON_TYPE, verdictOnly: options.verdictOnly }, signal);
  }

  apply(type: ResourceType, namespace: string, name: string, body: JsonObject, options: WriteOptions & { readonly force: boolean }, signal: AbortSignal): Promise<WriteAnswer> {
    const what = `apply ${describeObject(type, namespace, name)}`;
    const more = { ...query(options), force: String(options.force) };
    return this.#send({ method: 'PATCH', what, path: objectPath(type, namespace, name), query: more, body, type: 'application/apply-patch+yaml', verdictOnly: options.verdictOnly }, signal);
  }

  merge(type: ResourceType, namespace: string, name: string, patch: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    const what = `patch ${describeObject(type, namespace, name)}`;
    return this.#send({ method: 'PATCH', what, path: objectPath(type, namespace, name), query: query(options), body: patch, type: 'application/merge-patch+json', verdictOnly: options.verdictOnly }, signal);
  }

  remove(
    type: ResourceType,
    namespace: string,
    name: string,
    preconditions: Preconditions,
    options: { readonly dryRun: boolean; readonly propagation: 'Orphan' | 'Background' },
    signal: AbortSignal,
  ): Promise<WriteAnswer> {
    const what = `delete ${describeObject(type, namespace, name)}`;
    const { uid, resourceVersion } = preconditions;
    const body: JsonObject = {
      kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid, resourceVersion }, propagationPolicy: options.propagation,
      ...(options.dryRun ? { dryRun: ['All'] } : {}),
    };
    return this.#send({ method: 'DELETE', what, path: objectPath(type, namespace, name), query: {}, body, type: JSON_TYPE }, signal);
  }

  async #send({ method, what, path, query: parameters, body, type, verdictOnly = false }: Write, signal: AbortSignal): Promise<WriteAnswer> {
    const search = new URLSearchParams(parameters).toString();
    const bytes = Buffer.from(stringifyJson(body));
    const accept = verdictOnly ? METADATA_TYPE : JSON_TYPE;
    const request = { method, what, path: search === '' ? path : `${path}?${search}`, accept, body: { bytes, type }, signal };
    const response = await this.#transport.request(request);
    const answer = await readWhole(response, request, { idleMs: this.#timeouts.bodyMs, maxBytes: MAX_OBJECT });
    const warnings = warningsOf(response.headers['warning']);
    const isDone = response.status >= 200 && response.status < 300;
    if (isDone && verdictOnly) return { kind: 'done', object: null, warnings };
    const document = parsed(answer);
    if (isDone) {
      if (document === null) throw requestError('MALFORMED', what, `the answer is not a JSON object (${answer.length} bytes)`);
      return { kind: 'done', object: own(document, 'kind') === 'Status' ? null : document, warnings };
    }
    return refusal(response, document, answer, warnings);
  }
}

function query({ dryRun, fieldManager }: WriteOptions): Record<string, string> {
  // Warn: an unknown field must reach the report, and must not stop a restore.
  return { fieldManager, fieldValidation: 'Warn', ...(dryRun ? { dryRun: 'All' } : {}) };
}

function refusal({ status, headers }: TransportResponse, document: JsonObject | null, answer: Buffer, warnings: readonly string[]): WriteAnswer {
  const details = document === null ? undefined : own(document, 'details');
  const causes = isObject(details) ? own(details, 'causes') : undefined;
  const wait = Number(headers['retry-after'] ?? (isObject(details) ? (own(details, 'retryAfterSeconds') ?? Number.NaN) : Number.NaN));
  return {
    kind: 'refused',
    status,
    reason: text(document, 'reason'),
    message: document === null ? answer.toString('utf8', 0, 2048).trim() : text(document, 'message'),
    causes: Array.isArray(causes) ? causes.filter(isObject).map(toCause) : [],
    retryAfterMs: Number.isFinite(wait) && wait >= 0 ? wait * 1000 : undefined,
    warnings,
  };
}

function toCause(cause: JsonObject): RefusalCause {
  return { reason: text(cause, 'reason'), message: text(cause, 'message'), field: text(cause, 'field') };
}

function text(object: JsonObject | null, key: string): string {
  const value: Json | undefined = object === null ? undefined : own(object, key);
  return typeof value === 'string' ? value : '';
}

function nameOf(body: JsonObject): string {
  const metadata = own(body, 'metadata');
  return isObject(metadata) ? text(metadata, 'name') || text(metadata, 'generateName') : '';
}

function parsed(bytes: Buffer): JsonObject | null {
  try {
    const value = parseJson(bytes.toString('utf8'));
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Texts of Warning headers (RFC 7234 §5.5: `299 - "text"`), which Node joins with commas. */
export function warningsOf(header: string | string[] | undefined): string[] {
  const joined = Array.isArray(header) ? header.join(', ') : (header ?? '');
  if (joined === '') return [];
  return [...joined.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) => quoted.replaceAll(/\\(.)/g, '$1'));
}
