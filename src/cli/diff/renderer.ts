import type { Style } from '../streams.js';
import type { Compared } from './compared-side.js';
import type { Shown } from './shown.js';
import type { Gap, Totals } from './totals.js';

/** One form of output. Texts are whole lines; what is returned is printed in this order. */
export interface DiffRenderer {
  begin(compared: Compared): string;
  /** One object that is not equal; never one with hidden fields only. */
  object(shown: Shown): string;
  end(result: DiffResult): string;
}

export interface DiffResult {
  readonly compared: Compared;
  readonly totals: Totals;
  readonly gaps: readonly Gap[];
}

export interface RendererOptions {
  readonly paint: (style: Style, text: string) => string;
  /** Columns of the terminal; what has columns without one is made for 130. */
  readonly columns: number | undefined;
  /** Text goes to a person, not to a program: everything that a terminal may take for an order is escaped. */
  readonly terminal: boolean;
  /** Lines around a change. */
  readonly contextLines: number;
}
