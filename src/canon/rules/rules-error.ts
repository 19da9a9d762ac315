import { AppError } from '../../lib/errors.js';
import { EXIT } from '../../lib/exit-codes.js';

/** One mistake in a rule pack or filter. */
export interface RulesProblem {
  /** Where: `ours.yaml: rules[2] (ours/sidecar).drop[0]`, `exclude[0].labelSelector`. */
  readonly place: string;
  readonly message: string;
}

/** Rule packs or filters that cannot be used, with every mistake that was found in them. */
export class RulesError extends AppError<'RULES'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
  readonly problems: readonly RulesProblem[];

  constructor(problems: readonly RulesProblem[], cause?: unknown) {
    const lines = problems.map(({ place, message }) => `${place}: ${message}`);
    const head = problems.length === 1 ? '' : `${problems.length} mistakes in rules and filters\n`;
    super('RULES', head + lines.join('\n'), { cause, hint: 'Correct every place that is named' });
    this.problems = problems;
  }
}
