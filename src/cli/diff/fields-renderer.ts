import { COMMENT_PATH } from '../../diff/comment-changes.js';
import { fieldPhrase } from '../../diff/describe.js';
import { phrases } from '../../inspect/phrases.js';
import { escapeText } from '../../lib/escape.js';
import type { Difference } from '../../model/comparison.js';
import { terminalSafe } from '../render/safe-text.js';
import { objectLabel } from './labels.js';
import type { DiffRenderer, RendererOptions } from './renderer.js';
import type { Shown } from './shown.js';

/** One line a field: change, namespace, object, field with both values, managers, why it is noise. */
export function fieldsRenderer({ paint }: Pick<RendererOptions, 'paint'>): DiffRenderer {
  return {
    begin: () => '',
    object: (shown) => fieldLines(shown).map((cells) => `${paintCells(cells, paint).filter((cell) => cell !== '').join('  ')}\n`).join(''),
    end: () => '',
  };
}

/** `spec.replicas 2 → 5`, `data.password changed` of a Secret's digest: one line, escaped. */
export function differencePhrase(field: Difference): string {
  const isComment = field.keys.length === 0 && field.path.startsWith(COMMENT_PATH);
  return terminalSafe(isComment ? phrases([field], false).join() : fieldPhrase(field, false));
}

type Cells = readonly [change: string, namespace: string, object: string, field: string, managers: string, noise: string];

function fieldLines({ difference, fields }: Shown): Cells[] {
  const { id, change } = difference;
  const object = [change, id.namespace === '' ? '-' : escapeText(id.namespace), objectLabel(id)] as const;
  if (change !== 'changed') return [[...object, '', '', '']];
  if (fields.length === 0) return [[...object, 'the text of the file', '', '']];
  return fields.map((field) => [...object, differencePhrase(field), managersOf(field), noiseOf(field)]);
}

/** `(helm, kubectl)`, escaped; '' where nobody is known. */
export function managersOf({ managers = [] }: Difference): string {
  return managers.length === 0 ? '' : `(${managers.map(escapeText).join(', ')})`;
}

function noiseOf(field: Difference): string {
  if (field.class === 'intent') return '';
  return field.because === undefined ? `[${field.class}]` : `[${field.class}: ${escapeText(field.because)}]`;
}

function paintCells([change, namespace, object, field, managers, noise]: Cells, paint: RendererOptions['paint']): string[] {
  const style = change === 'added' ? 'green' : change === 'removed' ? 'red' : 'yellow';
  return [paint(style, change), namespace, paint('bold', object), field, managers === '' ? '' : paint('dim', managers), noise === '' ? '' : paint('dim', noise)];
}
