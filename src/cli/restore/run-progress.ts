import type { RestorePlan } from '../../model/restore-plan.js';
import type { RestoreEvent, StepResult } from '../../model/restore-run.js';
import type { CommandContext } from '../context.js';
import { placedLabel } from '../diff/labels.js';
import { isWrite } from './exit-codes.js';
import { pathLabel } from './plan-remarks.js';
import { oneLine } from './plan-refusals.js';

/** Lines about single objects while it goes; the report has them all. */
const MOST_LINES = 30;
/** The line is drawn again though nothing happens: something is waited for. */
const REDRAW_MS = 1000;

/**
 * Tells a run on stderr while it goes: a line that is redrawn, and above it what a person should see at once. Dispose it at the
 * end. Quiet says nothing.
 */
export class RunProgress implements Disposable {
  readonly #context: Pick<CommandContext, 'streams' | 'activity' | 'quiet'>;
  readonly #total: number;
  readonly #planned: ReadonlySet<string>;
  readonly #done = new Set<string>();
  readonly #told = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #phase = '';
  #throttled = '';
  #lines = 0;

  constructor(context: Pick<CommandContext, 'streams' | 'activity' | 'quiet'>, { steps }: Pick<RestorePlan, 'steps'>) {
    this.#context = context;
    this.#planned = new Set(steps.filter(isWrite).map(({ path }) => path));
    this.#total = this.#planned.size;
    this.#timer = setInterval(() => { this.#draw(); }, REDRAW_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#context.activity.done();
  }

  tell(event: RestoreEvent): void {
    switch (event.kind) {
      case 'phase':
        this.#phase = PHASES[event.phase];
        break;
      case 'wave':
        this.#phase = event.wave;
        break;
      case 'saved':
        this.#say(`The state of before is saved as ${oneLine(event.ref)}`);
        break;
      case 'throttled':
        this.#throttled = `  at most ${event.inFlight} at once: ${oneLine(event.reason)}`;
        break;
      case 'waiting':
        this.#once(event.path, `waits: ${pathLabel(event.path)}: ${oneLine(event.reason)}`);
        break;
      case 'result':
        if (this.#planned.has(event.result.path)) this.#result(event.result);
        break;
      case 'intent':
        break;
    }
    this.#draw();
  }

  #result(result: StepResult): void {
    this.#done.add(result.path);
    const word = TOLD[result.result] ?? (result.action === 'recreate' ? 'recreated' : undefined);
    if (word !== undefined) this.#once(result.path, `${word}: ${placedLabel(result.id)}${result.message === null ? '' : `: ${oneLine(result.message)}`}`);
  }

  /** What waits is done again later: each object is told once. */
  #once(path: string, line: string): void {
    if (this.#told.has(path)) return;
    this.#told.add(path);
    this.#lines++;
    if (this.#lines <= MOST_LINES) this.#say(line);
    else if (this.#lines === MOST_LINES + 1) this.#say('more such lines are in the report at the end');
  }

  #say(line: string): void {
    if (this.#context.quiet) return;
    this.#context.activity.done();
    this.#context.streams.err(`${line}\n`);
  }

  #draw(): void {
    if (this.#phase === '') return;
    const counts = this.#total === 0 ? '' : `  ${this.#done.size.toLocaleString('en-US')}/${this.#total.toLocaleString('en-US')}`;
    this.#context.activity.show(`${this.#phase}${counts}${this.#throttled}`);
  }
}

const PHASES = { preflight: 'checking rights', saving: 'saving the state of before', applying: 'writing', verifying: 'verifying', done: '' } as const;
const TOLD: Partial<Record<StepResult['result'], string>> = { failed: 'refused', pending: 'pending', stale: 'changed meanwhile' };
