import type { Tape } from '../../model/tape.js';
import { clip, COLUMNS } from './text.js';

export interface TreeViewOptions {
  /** Namespaces that are opened first. */
  readonly favour: readonly string[];
  readonly maxLines: number;
}

/**
 * The repository's tree in a limited number of lines: each folder of a type with its files on one line, as many
 * namespaces opened as there is room for, the rest counted.
 */
export function treeView(tape: Pick<Tape, 'files' | 'folders'>, options: TreeViewOptions): string[] {
  const counts = countFiles(tape);
  const head = [line('.kubetape/', counts.get('.kubetape') ?? 0), ...section('cluster/', 'cluster', tape, '  ', options.maxLines / 3)];
  const namespaces = tape.folders('namespaces');
  const order = inOrder(namespaces, options.favour, tape);
  const lines = [...head, line('namespaces/', counts.get('namespaces') ?? 0)];
  for (const [index, name] of order.entries()) {
    const left = order.length - index;
    const room = options.maxLines - lines.length - 1;
    if (room < 1 && left > 1) return [...lines, `  … and ${left} more namespaces`];
    const opened = section(`  ${name}/`, `namespaces/${name}`, tape, '    ', Infinity);
    lines.push(...(opened.length <= Math.max(1, room - Math.min(left - 1, 4)) ? opened : opened.slice(0, 1)));
  }
  return lines;
}

/** The favoured ones first, then those with the most files. */
function inOrder(namespaces: readonly string[], favour: readonly string[], tape: Pick<Tape, 'files'>): string[] {
  const rank = new Map(namespaces.map((name) => [name, favour.includes(name) ? Infinity : [...tape.files(`namespaces/${name}`)].length]));
  return [...namespaces].sort((a, b) => (rank.get(a) === rank.get(b) ? 0 : (rank.get(b) ?? 0) - (rank.get(a) ?? 0)));
}

/** A folder of types: its own line with the number of files, then a line a type; no types when they are too many. */
function section(title: string, folder: string, tape: Pick<Tape, 'files' | 'folders'>, indent: string, room: number): string[] {
  const types = groupByType(tape, folder);
  const total = [...types.values()].reduce((sum, names) => sum + names.length, 0);
  if (total === 0) return [];
  const width = Math.min(34, Math.max(...[...types.keys()].map((type) => type.length + 1)));
  const lines = [...types].map(([type, names]) => listing(`${indent}${`${type}/`.padEnd(width)}  `, names));
  return [line(title, total), ...(lines.length <= room ? lines : [`${indent}${types.size} types`])];
}

function groupByType(tape: Pick<Tape, 'files'>, folder: string): Map<string, string[]> {
  const types = new Map<string, string[]>();
  for (const { path } of tape.files(folder)) {
    const [file = '', type = ''] = path.split('/').reverse();
    const names = types.get(type);
    if (names === undefined) types.set(type, [file]);
    else names.push(file);
  }
  return types;
}

/** As many names as fit, then how many there are besides. */
function listing(start: string, names: readonly string[]): string {
  for (let shown = names.length; shown > 0; shown -= 1) {
    const rest = shown === names.length ? '' : `  +${names.length - shown}`;
    const text = `${start}${names.slice(0, shown).join('  ')}${rest}`;
    if (text.length <= COLUMNS) return text;
    if (shown > 12) shown = 12; // no line holds more
  }
  return clip(`${start}${names.join('  ')}`);
}

function line(title: string, count: number): string {
  return clip(`${title.padEnd(28)}  ${count} ${count === 1 ? 'file' : 'files'}`);
}

function countFiles(tape: Pick<Tape, 'files'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of tape.files('')) {
    const root = path.slice(0, path.indexOf('/'));
    counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  return counts;
}
