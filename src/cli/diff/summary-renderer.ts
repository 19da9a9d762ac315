import { renderTable } from '../render/table.js';
import type { DiffRenderer } from './renderer.js';
import type { Totals } from './totals.js';

/** A table by namespace and type; nothing where nothing differs. */
export function summaryRenderer(): DiffRenderer {
  return { begin: () => '', object: () => '', end: ({ totals }) => summaryTable(totals) };
}

/** Noise: objects that differ in nothing that anybody set. */
export function summaryTable(totals: Totals): string {
  const rows = totals.groups().map(({ namespace, type, added, removed, changed, noise }) => [namespace === '' ? '-' : namespace, type, ...[added, removed, changed, noise].map(String)]);
  return rows.length === 0 ? '' : renderTable(['NAMESPACE', 'TYPE', 'ADDED', 'REMOVED', 'CHANGED', 'NOISE'], rows);
}
