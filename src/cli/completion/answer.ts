import type { Environment } from '../../config/env.js';
import { escapeText } from '../../lib/escape.js';
import { candidatesFor, type Candidates } from './candidates.js';
import { quoteForBash, splitShellLine } from './shell-words.js';

/** More than anybody reads. */
const MOST = 2000;

/**
 * `__complete bash WORDBREAKS LINE`, `__complete zsh|fish WORD… CURRENT`: what can stand at the cursor, for the scripts of
 * scripts.ts. Whatever is wrong (no repository, a broken line), nothing is said and nothing is offered: a person is typing.
 */
export async function answerShell(args: readonly string[], environment: Environment, signal: AbortSignal): Promise<string> {
  const [shell, ...rest] = args;
  try {
    const [, line = ''] = rest;
    const { before, current, open } = shell === 'bash' ? splitShellLine(line) : { before: rest.slice(0, -1), current: splitShellLine(rest.at(-1) ?? '').current, open: null };
    const found = await candidatesFor(before.slice(1), current, environment, signal);
    const words = [...new Set(found.words)].filter((word) => word.startsWith(current) && isTypable(word)).sort().slice(0, MOST);
    const shown = shell === 'bash' ? forBash(words, current, rest[0] ?? '', open !== null) : words;
    return [directiveOf(found, words), ...shown].map((text) => `${text}\n`).join('');
  } catch {
    return 'words\n';
  }
}

function directiveOf({ directive }: Candidates, words: readonly string[]): string {
  if (directive !== 'words') return directive;
  return words.length > 0 && words.every((word) => /(?:[/=,]|\.\.)$/.test(word)) ? 'nospace' : 'words';
}

/** Nobody types a control character, and a list of candidates must not hold one. */
function isTypable(word: string): boolean {
  return escapeText(word.replaceAll('\\', '')) === word.replaceAll('\\', '');
}

/** bash replaces only what stands behind the last of its word breaks, and takes words as they are. */
function forBash(words: readonly string[], current: string, breaks: string, inQuotes: boolean): string[] {
  if (inQuotes) return words.filter((word) => quoteForBash(word) === word);
  const kept = [...current].findLastIndex((character) => (character === ':' || character === '=') && breaks.includes(character)) + 1;
  return words.map((word) => quoteForBash(word.slice(kept)));
}
