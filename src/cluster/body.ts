import { onAbort } from '../lib/abort.js';
import { readRefusal, refusedError, requestError, transportError, type Refusal } from './errors.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

const MAX_REFUSAL = 64 * 1024;
const CUT_OFF = 'the answer was cut off';

export interface BodyReading {
  readonly what: string;
  readonly signal: AbortSignal;
  /** Without a byte for so long while we wait for one, the body is given up as SILENT. */
  readonly idleMs: number;
  /** performance.now() of another sign of life, asked when idleMs have passed without a byte. */
  readonly lastSign?: () => number;
}

/**
 * A body's bytes. The stream is paused while the consumer works, and only waiting counts as silence. Throws
 * UNREACHABLE when it was cut, SILENT, MALFORMED when it cannot be decompressed, or the signal's reason.
 */
export async function* readChunks(response: TransportResponse, reading: BodyReading): AsyncGenerator<Buffer, void, undefined> {
  const { body } = response;
  const { what, signal, idleMs } = reading;
  signal.throwIfAborted();
  const guard = onAbort(signal, () => body.destroy(signal.reason as Error));
  let waitingSince = performance.now();
  const isSilent = (): boolean => performance.now() - Math.max(waitingSince, reading.lastSign?.() ?? waitingSince) >= idleMs;
  const timer = setInterval(() => {
    if (isSilent()) body.destroy(requestError('SILENT', what, `no sign of life for ${idleMs / 1000} s`));
  }, Math.max(5, idleMs / 10));
  try {
    for await (const chunk of body) {
      waitingSince = Number.POSITIVE_INFINITY;
      yield chunk as Buffer;
      waitingSince = performance.now();
    }
    if (response.cut()) throw new Error(CUT_OFF);
  } catch (error) {
    signal.throwIfAborted();
    throw transportError(what, error);
  } finally {
    clearInterval(timer);
    guard[Symbol.dispose]();
    body.destroy();
  }
}

export interface BodyLimits {
  readonly idleMs: number;
  readonly maxBytes: number;
}

/** Asks; answers only what has status 200, else throws what the status means. */
export async function ask(transport: Transport, request: TransportRequest, gone: 'GONE' | 'EXPIRED' = 'GONE'): Promise<TransportResponse> {
  const response = await transport.request(request);
  if (response.status === 200) return response;
  throw refusedError(request.what, await readRefused(response, request), gone);
}

/** A whole body of status 200; MALFORMED when it is longer than allowed. */
export async function askWhole(transport: Transport, request: TransportRequest, limits: BodyLimits): Promise<Buffer> {
  return readWhole(await ask(transport, request), request, limits);
}

/** The same for one object: null when the server says that this object is not there (and not merely 404). */
export async function askObject(transport: Transport, request: TransportRequest, limits: BodyLimits): Promise<Buffer | null> {
  const response = await transport.request(request);
  if (response.status === 200) return readWhole(response, request, limits);
  const refusal = await readRefused(response, request);
  if (refusal.absent === true) return null;
  throw refusedError(request.what, refusal);
}

/**
 * A whole body, whatever its status is; MALFORMED when it is longer than allowed, else as readChunks. By events: tens of thousands of
 * small answers cost a third less than by an iterator each (bench/restore.ts).
 */
export function readWhole(response: TransportResponse, { what, signal }: TransportRequest, { idleMs, maxBytes }: BodyLimits): Promise<Buffer> {
  const { body } = response;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const guard = onAbort(signal, () => body.destroy(signal.reason as Error));
    const timer = setTimeout(() => body.destroy(requestError('SILENT', what, `no sign of life for ${idleMs / 1000} s`)), idleMs);
    const release = (): void => {
      clearTimeout(timer);
      guard[Symbol.dispose]();
    };
    const fail = (error: unknown): void => {
      release();
      body.destroy();
      reject((signal.aborted ? signal.reason : transportError(what, error)) as Error);
    };
    body.on('data', (chunk: Buffer) => {
      timer.refresh();
      size += chunk.length;
      if (size > maxBytes) fail(requestError('MALFORMED', what, `the answer is longer than ${maxBytes} bytes`));
      else parts.push(chunk);
    });
    body.once('error', fail);
    body.once('end', () => {
      if (response.cut()) return fail(new Error(CUT_OFF));
      release();
      resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size));
    });
    body.once('close', () => { if (!body.readableEnded) fail(new Error(CUT_OFF)); });
  });
}

/** A whole body of status 200 as JSON; MALFORMED when it is none. */
export async function askJson(transport: Transport, request: TransportRequest, limits: BodyLimits): Promise<unknown> {
  return parseJson(await askWhole(transport, request, limits), request.what);
}

/** For documents whose numbers do not matter: objects of the cluster are never read with it. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as unknown;
  } catch {
    // The parser's message quotes the document, which may be a Secret.
    throw requestError('MALFORMED', what, `the answer is not JSON (${bytes.byteLength} bytes)`);
  }
}

/** The words of a refusal are a nicety: a cut or endless one is as good as none. */
async function readRefused(response: TransportResponse, { what, signal }: TransportRequest): Promise<Refusal> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of readChunks(response, { what, signal, idleMs: 5000 })) {
      parts.push(chunk);
      size += chunk.length;
      if (size > MAX_REFUSAL) break;
    }
  } catch {
    signal.throwIfAborted();
  }
  return readRefusal(response.status, response.headers, Buffer.concat(parts).subarray(0, MAX_REFUSAL).toString('utf8'));
}
