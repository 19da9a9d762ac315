import type { Difference, ObjectDifference } from '../../model/comparison.js';
import { withoutFields } from './without-noise.js';

/** A differing object as the output has it. */
export interface Shown {
  readonly difference: ObjectDifference;
  /** What is shown of its fields. */
  readonly fields: readonly Difference[];
  /** Noise that is left out. */
  readonly hidden: readonly Difference[];
}

/**
 * What is shown of a difference: everything with `all`, else what somebody intended. A changed object with noise only has
 * no fields then; one whose texts differ though no field does is shown, for nothing says that it is noise.
 */
export function shownOf(difference: ObjectDifference, all: boolean): Shown {
  if (all || difference.change !== 'changed') return { difference, hidden: [], fields: difference.fields };
  return { difference, hidden: difference.fields.filter(isNoise), fields: difference.fields.filter((field) => !isNoise(field)) };
}

/** Everything that differs is left out. */
export function isHidden({ difference, fields, hidden }: Shown): boolean {
  return difference.change === 'changed' && fields.length === 0 && hidden.length > 0;
}

/** The texts of both sides without what is hidden; '' for an absent side. */
export function shownTexts({ difference: { before, after }, hidden }: Shown): { readonly before: string; readonly after: string } {
  if (before === null || after === null) return { before: before?.text ?? '', after: after?.text ?? '' };
  const texts = withoutFields(before, after, hidden);
  // A difference that is in no field but shown: the texts as they are.
  return texts.before === texts.after ? { before: before.text, after: after.text } : texts;
}

function isNoise(field: Difference): boolean {
  return field.class !== 'intent';
}
