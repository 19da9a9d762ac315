import { terminalSafe } from '../render/safe-text.js';
import { sideWords } from './compared-side.js';
import { placedLabel } from './labels.js';
import { fenced, forMarkdown, forXml } from './output-text.js';
import type { DiffRenderer, DiffResult, RendererOptions } from './renderer.js';
import { patchOf } from './text-renderer.js';
import type { Totals } from './totals.js';

/** For a comment on a pull request: what differs in a table, then each object's diff folded away. Kept until the end, for the table comes first. */
export function markdownRenderer({ contextLines }: Pick<RendererOptions, 'contextLines'>): DiffRenderer {
  const details: string[] = [];
  return {
    begin: () => '',
    object(shown) {
      const { id, change } = shown.difference;
      // The rest of the line is HTML, where Markdown is not read.
      const summary = `<details><summary>${change} <code>${forXml(placedLabel(id))}</code></summary>\n\n`;
      details.push(`${summary}${fenced('diff', terminalSafe(patchOf(shown, contextLines)))}\n</details>\n\n`);
      return '';
    },
    end: (result) => [headline(result), table(result.totals), ...details, noise(result.totals), gaps(result)].join(''),
  };
}

function headline({ compared, totals }: DiffResult): string {
  const sides = `From ${forMarkdown(sideWords(compared.before))} to ${forMarkdown(sideWords(compared.after))}: `;
  if (totals.shown === 0) return `### kubetape diff\n\n${sides}nothing differs.\n\n`;
  const parts = (['added', 'removed', 'changed'] as const).filter((what) => totals.sum(what) > 0).map((what) => `${totals.sum(what)} ${what}`);
  return `### kubetape diff\n\n${sides}**${parts.join(', ')}**.\n\n`;
}

function table(totals: Totals): string {
  const rows = totals.groups().filter(({ added, removed, changed }) => added + removed + changed > 0);
  if (rows.length === 0) return '';
  const lines = rows.map(({ namespace, type, added, removed, changed }) => `| ${forMarkdown(namespace)} | ${forMarkdown(type)} | ${added} | ${removed} | ${changed} |\n`);
  return `| namespace | type | added | removed | changed |\n|---|---|--:|--:|--:|\n${lines.join('')}\n`;
}

function noise(totals: Totals): string {
  if (totals.hiddenFields === 0) return '';
  return `Not shown: ${totals.hiddenFields} fields that nobody set (defaults, allocated or injected values), and ${totals.sum('noise')} objects that differ in nothing else.\n\n`;
}

function gaps({ gaps: list }: DiffResult): string {
  if (list.length === 0) return '';
  return `**Not compared:**\n\n${list.map(({ verdict, what, reason }) => `- ${forMarkdown(what)}: ${verdict}${reason === null ? '' : `, ${forMarkdown(reason)}`}\n`).join('')}\n`;
}

