// A small raw client of the API server for tests; shares no code with src/.
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { tokenOf, type User } from './control-plane-files.js';

/* eslint-disable @typescript-eslint/no-explicit-any */
/** Any JSON that a server answers: tests look into it freely. */
export type AnyJson = any;
/* eslint-enable @typescript-eslint/no-explicit-any */

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body parsed, undefined when it is not JSON. */
  readonly json: AnyJson;
}

export interface RequestOptions {
  /** Default: admin. */
  readonly user?: User;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** What names an object; any object is a reference to itself. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: AnyJson };
  readonly [field: string]: AnyJson;
}

export const MERGE_PATCH = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

interface Served {
  readonly resource: string;
  readonly namespaced: boolean;
}

/** Talks to one API server. Every helper but request() throws on an answer that is not 2xx, with the server's words. */
export class ApiClient {
  readonly server: string;
  readonly ca: string;
  private readonly agent: Agent;
  private readonly served = new Map<string, Served>();

  constructor(server: string, ca: string) {
    this.server = server;
    this.ca = ca;
    this.agent = new Agent({ keepAlive: true, ca });
  }

  /** One request as it is. A body that is text or bytes is sent as it stands (for numbers that JavaScript cannot hold). */
  async request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<ApiAnswer> {
    const response = await this.send(method, path, body, options);
    response.setEncoding('utf8');
    let text = '';
    for await (const part of response) text += part as string;
    return { status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) };
  }

  /** Events of a watch as they come: lines parsed. Ends when the server or `signal` ends it. */
  async *watch(path: string, options: RequestOptions & { readonly signal?: AbortSignal } = {}): AsyncGenerator<AnyJson> {
    const response = await this.send('GET', path, undefined, options, options.signal);
    if (response.statusCode !== 200) throw new Error(`GET ${path}: ${response.statusCode}`);
    let rest = '';
    try {
      for await (const part of response.setEncoding('utf8')) {
        const lines = (rest + (part as string)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line);
      }
    } catch (error) {
      if (options.signal?.aborted !== true) throw error;
    } finally {
      response.destroy();
    }
  }

  async create(object: Reference, options: RequestOptions = {}): Promise<AnyJson> {
    return this.done('POST', await this.pathOf(object, false), object, options);
  }

  async get(reference: Reference, options: RequestOptions = {}): Promise<AnyJson> {
    return this.done('GET', await this.pathOf(reference), undefined, options);
  }

  /** PUT; without a resourceVersion in the object it overwrites whatever is there. */
  async replace(object: Reference, options: RequestOptions = {}): Promise<AnyJson> {
    return this.done('PUT', await this.pathOf(object), object, options);
  }

  /** A merge patch unless `contentType` says otherwise. */
  async patch(reference: Reference, patch: unknown, options: RequestOptions & { readonly subresource?: string } = {}): Promise<AnyJson> {
    const path = `${await this.pathOf(reference)}${options.subresource === undefined ? '' : `/${options.subresource}`}`;
    return this.done('PATCH', path, patch, { contentType: MERGE_PATCH, ...options });
  }

  async delete(reference: Reference, options: RequestOptions & { readonly body?: unknown } = {}): Promise<AnyJson> {
    return this.done('DELETE', await this.pathOf(reference), options.body ?? { propagationPolicy: 'Background' }, options);
  }

  /** Null when there is no such object. */
  async find(reference: Reference, options: RequestOptions = {}): Promise<AnyJson> {
    const answer = await this.request('GET', await this.pathOf(reference), undefined, options);
    if (answer.status === 404) return null;
    return accepted('GET', reference.metadata.name, answer);
  }

  /** All objects of a kind, in one namespace or in all; each with its apiVersion and kind. */
  async list(apiVersion: string, kind: string, namespace?: string, options: RequestOptions = {}): Promise<AnyJson[]> {
    const path = await this.pathOf({ apiVersion, kind, metadata: { name: '', ...(namespace === undefined ? {} : { namespace }) } }, false);
    const list = await this.done('GET', path, undefined, options);
    return list.items.map((item: object) => ({ apiVersion, kind, ...item }));
  }

  /** The request path of an object, or of its collection. */
  async pathOf(reference: Reference, withName = true): Promise<string> {
    const { resource, namespaced } = await this.servedAs(reference.apiVersion, reference.kind);
    const { name, namespace } = reference.metadata;
    const root = reference.apiVersion.includes('/') ? `/apis/${reference.apiVersion}` : `/api/${reference.apiVersion}`;
    const folder = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    return `${root}${folder}/${resource}${withName ? `/${encodeURIComponent(name)}` : ''}`;
  }

  /** To be called when the server went away: a connection that waits for reuse is dead. */
  dropConnections(): void {
    this.agent.destroy();
  }

  close(): void {
    this.agent.destroy();
  }

  private async servedAs(apiVersion: string, kind: string): Promise<Served> {
    const key = `${apiVersion} ${kind}`;
    const known = this.served.get(key);
    if (known !== undefined) return known;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = await this.done('GET', root, undefined, {});
    for (const type of resources as { name: string; kind: string; namespaced: boolean }[]) {
      if (!type.name.includes('/')) this.served.set(`${apiVersion} ${type.kind}`, { resource: type.name, namespaced: type.namespaced });
    }
    const found = this.served.get(key);
    if (found === undefined) throw new Error(`The server does not serve ${key}`);
    return found;
  }

  private async done(method: string, path: string, body: unknown, options: RequestOptions): Promise<AnyJson> {
    return accepted(method, path, await this.request(method, path, body, options));
  }

  private async send(method: string, path: string, body: unknown, options: RequestOptions, signal?: AbortSignal): Promise<IncomingMessage> {
    const content = body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    const headers: Record<string, string> = { authorization: `Bearer ${tokenOf(options.user ?? 'admin')}`, accept: 'application/json', ...options.headers };
    if (content !== undefined) Object.assign(headers, { 'content-type': options.contentType ?? 'application/json', 'content-length': String(Buffer.byteLength(content)) });
    return new Promise((done, fail) => {
      const request = httpsRequest(`${this.server}${path}`, { method, agent: this.agent, headers, ...(signal === undefined ? {} : { signal }) }, done);
      if (options.timeoutMs !== undefined) request.setTimeout(options.timeoutMs, () => request.destroy(new Error(`${method} ${path}: no answer in ${options.timeoutMs} ms`)));
      request.once('error', fail);
      request.end(content);
    });
  }
}

function accepted(method: string, path: string, answer: ApiAnswer): AnyJson {
  if (answer.status >= 200 && answer.status < 300) return answer.json;
  throw new Error(`${method} ${path}: ${answer.status} ${answer.json?.message ?? answer.text.slice(0, 500)}`);
}

function parsed(text: string): AnyJson {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
