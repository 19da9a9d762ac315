// Which request suffers which fault, and the record of what was asked, answered and done to it.
export interface Answer {
  readonly status: number;
  /** Default: what Kubernetes says for the status. */
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
}

/**
 * What a real network or server can do. Byte counts are of the body as it is sent; a shorter body passes. Nothing drops an event in the middle
 * of a stream that goes on: TCP does not do that.
 * - answer: the request does not reach the server.
 * - cut: the connection breaks (over HTTP/2 with all its streams) after n bytes.
 * - truncate: the body ends in good order after n bytes, in the middle of a line or value.
 * - stall: after n bytes nothing more comes; the connection stays open until the fault is removed.
 * - delay: the request reaches the server later.
 * - errorEvent: on a watch, an ERROR event of this code at once, then the end, as servers say that it is too old.
 */
export type Fault =
  | ({ readonly kind: 'answer' } & Answer)
  | { readonly kind: 'cut' | 'truncate' | 'stall'; readonly afterBytes: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'errorEvent'; readonly code: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Path without query: equal, or matching. Default: every path. */
  readonly path?: string | RegExp;
  /** Only watches, or only what is no watch. */
  readonly watch?: boolean;
  /** Only requests whose query matches. */
  readonly query?: RegExp;
  /** Default: GET. */
  readonly method?: string;
  /** How many times it must happen; default: until it is removed. A request that ended before its fault could happen does not count. */
  readonly times?: number;
  /** Matching requests that are let through before the first that suffers. */
  readonly skip?: number;
  /** Share of the matching requests, drawn from `random`. */
  readonly share?: { readonly of: number; readonly random: () => number };
}

export interface FaultHandle {
  /** How many requests this rule has really met: a cut counts when the bytes were reached. */
  readonly injected: number;
  remove(): void;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly watch: boolean;
  /** 0 until an answer came. */
  status: number;
  /** Answers 410: the status, or ERROR events of that code in a watch. */
  gone: number;
  /** Body bytes that were passed on. */
  bytes: number;
  fault: Fault['kind'] | null;
}

/** What happens to one request. */
export interface ChosenFault {
  readonly refuse: Answer | null;
  readonly body: Fault | null;
  /** The fault has really happened. */
  happened(): void;
  /** The body is over. */
  over(): void;
  /** Resolves when the rule is removed. */
  readonly removed: Promise<void>;
}

interface Rule {
  readonly rule: FaultRule;
  matched: number;
  taken: number;
  injected: number;
  readonly removed: Promise<void>;
  readonly remove: () => void;
}

export class FaultProgram {
  readonly seen: SeenRequest[] = [];
  private rules: Rule[] = [];

  add(rule: FaultRule): FaultHandle {
    let resolve: () => void = () => undefined;
    const removed = new Promise<void>((done) => (resolve = done));
    const entry: Rule = {
      ...{ rule, matched: 0, taken: 0, injected: 0, removed },
      remove: () => {
        this.rules = this.rules.filter((each) => each !== entry);
        resolve();
      },
    };
    this.rules.push(entry);
    return {
      get injected(): number {
        return entry.injected;
      },
      remove: entry.remove,
    };
  }

  clear(): void {
    for (const rule of [...this.rules]) rule.remove();
  }

  count(status: number, path: string | RegExp): number {
    const matching = this.seen.filter((each) => pathMatches(path, each.path));
    return matching.reduce((sum, each) => sum + (status === 410 ? each.gone : Number(each.status === status)), 0);
  }

  begin(method: string, url: string): SeenRequest {
    const { pathname, searchParams } = new URL(url, 'http://proxy');
    const watch = ['1', 'true'].includes(searchParams.get('watch') ?? '');
    const entry: SeenRequest = { method, path: pathname, query: searchParams, watch, status: 0, gone: 0, bytes: 0, fault: null };
    this.seen.push(entry);
    return entry;
  }

  /** Decides once a request; resolves after a delay. */
  async choose(request: SeenRequest): Promise<ChosenFault> {
    const rule = this.rules.find((each) => takes(each, request));
    if (rule === undefined) return { refuse: null, body: null, happened: () => undefined, over: () => undefined, removed: new Promise(() => undefined) };
    rule.taken += 1;
    const { fault } = rule.rule;
    const happened = (): void => {
      rule.injected += 1;
      request.fault = fault.kind;
    };
    const over = (): void => {
      if (request.fault === null) rule.taken -= 1;
    };
    if (fault.kind === 'answer' || fault.kind === 'delay') happened();
    if (fault.kind === 'delay') await passed(fault.ms, rule.removed);
    return { refuse: fault.kind === 'answer' ? fault : null, body: fault, happened, over, removed: rule.removed };
  }
}

/** Resolves after a time, or when the rule is removed; leaves no timer behind, which would keep the process from ending. */
async function passed(ms: number, removed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([new Promise((done) => (timer = setTimeout(done, ms))), removed]);
  clearTimeout(timer);
}

function takes(entry: Rule, request: SeenRequest): boolean {
  const { rule } = entry;
  if (request.method !== (rule.method ?? 'GET')) return false;
  if (rule.path !== undefined && !pathMatches(rule.path, request.path)) return false;
  if (rule.watch !== undefined && rule.watch !== request.watch) return false;
  if (rule.fault.kind === 'errorEvent' && !request.watch) return false;
  if (rule.query !== undefined && !rule.query.test(request.query.toString())) return false;
  if (entry.taken >= (rule.times ?? Infinity)) return false;
  entry.matched += 1;
  if (entry.matched <= (rule.skip ?? 0)) return false;
  return rule.share === undefined || rule.share.random() < rule.share.of;
}

function pathMatches(wanted: string | RegExp, path: string): boolean {
  return typeof wanted === 'string' ? wanted === path : wanted.test(path);
}

const REASONS: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 410: 'Expired', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable', 504: 'Timeout' };

/** A Status as Kubernetes answers. */
export function statusBody(answer: Answer): string {
  const reason = answer.reason ?? REASONS[answer.status] ?? 'Unknown';
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: `injected by the test: ${reason}`, reason, code: answer.status });
}
