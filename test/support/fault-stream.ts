import { Transform, type TransformCallback } from 'node:stream';
import { statusBody, type ChosenFault, type SeenRequest } from './faults.js';

/** Passes a body on and does to it what the fault says; finds ERROR events of code 410 in a watch. */
export class FaultStream extends Transform {
  private readonly chosen: ChosenFault;
  private readonly entry: SeenRequest;
  private readonly cut: () => void;
  private limit: number;
  private rest = '';
  private done = false;

  constructor(chosen: ChosenFault, entry: SeenRequest, cut: () => void) {
    super();
    this.chosen = chosen;
    this.entry = entry;
    this.cut = cut;
    const fault = chosen.body;
    this.limit = fault !== null && 'afterBytes' in fault ? fault.afterBytes : Infinity;
    // Without a byte to wait for, it happens as soon as the head is out.
    if (fault?.kind === 'errorEvent') queueMicrotask(() => this.sendErrorEvent(fault.code));
    else if (this.limit === 0 && fault?.kind !== 'stall') setImmediate(() => this.happen(() => undefined));
  }

  get changesLength(): boolean {
    return this.chosen.body?.kind === 'truncate' || this.chosen.body?.kind === 'errorEvent';
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, next: TransformCallback): void {
    if (this.done) return next();
    const room = Math.max(0, this.limit - this.entry.bytes);
    this.pass(chunk.subarray(0, room));
    if (chunk.length <= room) return next();
    this.happen(() => {
      this.pass(chunk.subarray(room));
      next();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.chosen.over();
    done(error);
  }

  private pass(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.entry.bytes += chunk.length;
    if (this.entry.watch) this.look(chunk);
    this.push(chunk);
  }

  /** `resume` goes on with what is left: only a stall that is over does. */
  private happen(resume: () => void): void {
    if (this.done || this.destroyed) return;
    const kind = this.chosen.body?.kind;
    this.chosen.happened();
    if (kind === 'stall') {
      this.limit = Infinity;
      void this.chosen.removed.then(resume);
      return;
    }
    this.done = true;
    if (kind === 'truncate') {
      this.push(null);
      this.emit('truncated');
    } else {
      setImmediate(this.cut); // after the bytes before it had their chance to leave
    }
  }

  private sendErrorEvent(code: number): void {
    if (this.destroyed) return;
    this.chosen.happened();
    if (code === 410) this.entry.gone += 1;
    this.done = true;
    this.push(`{"type":"ERROR","object":${statusBody({ status: code })}}\n`);
    this.push(null);
    this.emit('truncated');
  }

  private look(chunk: Buffer): void {
    const lines = (this.rest + chunk.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('{"type":"ERROR"') && /"code":410\b/.test(line)) this.entry.gone += 1;
    }
  }
}
