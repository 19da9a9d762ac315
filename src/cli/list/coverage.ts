import { coverageReport, type ScopeCoverage, type TypeCoverage } from '../../inspect/coverage-report.js';
import type { Selection } from '../../inspect/selection.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import { typeName } from '../../model/resource-type.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { paged } from '../pager.js';
import type { Reading } from '../reading.js';
import { documentText, writeLines } from '../render/document.js';
import { revisionMembers } from '../render/names.js';
import { tableLines } from '../render/table.js';

/** How completely each selected type was seen at the commit; 3 when one of them was not. */
export async function listCoverage(context: CommandContext, options: CommandOptions, reading: Reading, selection: Selection): Promise<ExitCode> {
  const report = coverageReport(reading.snapshot);
  const wanted = new Set(selection.types().map(typeName));
  const types = selection.isEverything ? report.types : report.types.filter(({ type }) => wanted.has(type));
  const incomplete = types.filter(isIncomplete);
  const { output } = context;
  await paged(context, options, async (write) => {
    if (output === 'json' || output === 'yaml') {
      const head = { ...revisionMembers(reading.history, reading.revision), complete: incomplete.length === 0, secrets: report.secrets };
      await write(documentText({ ...head, types: types.map(typeMembers) }, output));
    } else {
      await writeLines(write, output === 'name' ? types.map(({ type }) => `${escapeText(type)}\n`) : table(types, output === 'wide'));
    }
    return EXIT.done;
  });
  if (!context.quiet) {
    const objects = types.reduce((sum, type) => sum + type.objects, 0);
    context.streams.err(`${objects} objects of ${types.length} types; ${incomplete.length === 0 ? 'every type is accounted for' : `${incomplete.length} not seen completely`}; Secrets: ${escapeText(report.secrets ?? 'unknown')}\n`);
  }
  return incomplete.length === 0 ? EXIT.done : EXIT.part;
}

function isIncomplete({ state, namespaces }: TypeCoverage): boolean {
  const lacks = (scope: ScopeCoverage): boolean => scope.state === 'partial' || scope.state === 'unknown';
  return lacks({ state, reason: null, objects: 0 }) || namespaces.some(lacks);
}

function table(types: readonly TypeCoverage[], wide: boolean): Iterable<string> {
  const rows = types.flatMap((type) => [
    [type.type, '', type.state, String(type.objects), why(type)],
    ...(wide || type.state === 'by namespace' ? type.namespaces.map((scope) => [type.type, scope.namespace, scope.state, String(scope.objects), scope.reason ?? '']) : []),
  ]);
  // Without a row by namespace the column would be empty.
  const namespaced = rows.some(([, namespace]) => namespace !== '');
  const cells = namespaced ? rows : rows.map(([type = '', , ...rest]) => [type, ...rest]);
  return tableLines(['TYPE', ...(namespaced ? ['NAMESPACE'] : []), 'STATE', 'OBJECTS', 'WHY'], cells);
}

function why({ reason, skips }: TypeCoverage): string {
  const left = skips.length === 0 ? [] : [`single objects may be left out by ${skips.join(', ')}`];
  return [...(reason === null ? [] : [reason]), ...left].join('; ');
}

function typeMembers({ type, kind, namespaced, state, reason, objects, skips, namespaces }: TypeCoverage): JsonObject {
  return { type, kind, namespaced, state, reason, objects, skips: [...skips], namespaces: namespaces.map((scope) => ({ ...scope })) };
}
