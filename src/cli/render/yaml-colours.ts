import type { Style } from '../streams.js';

/** Opens a literal block: `key: |`, `- |-`, `|2+`. */
const BLOCK = /(?:^|[:-] )\|[0-9]?[+-]?$/;
const KEY = /^( *(?:- )*)((?:"(?:[^"\\]|\\.)*"|[^\s"#:-][^:]*|-[^\s:][^:]*)(?=:(?: |$)))(:.*)$/;

/** Canonical YAML for a terminal: keys in cyan, comment lines dim; the lines of a literal block as they are. */
export function colourYaml(text: string, paint: (style: Style, text: string) => string): string {
  let block = -1;
  return text.replace(/[^\n]+/g, (line) => {
    const indent = line.length - line.trimStart().length;
    if (block >= 0 && (indent > block || line.trim() === '')) return line;
    block = BLOCK.test(line) ? indent : -1;
    if (line.startsWith('#')) return paint('dim', line);
    const [, lead = '', key, rest = ''] = KEY.exec(line) ?? [];
    return key === undefined ? line : `${lead}${paint('cyan', key)}${rest}`;
  });
}
