/** A command line as a shell splits it, up to the cursor. */
export interface ShellLine {
  /** Whole words before the one at the cursor; the program comes first. */
  readonly before: readonly string[];
  /** The beginning of the word at the cursor, quotes taken away. */
  readonly current: string;
  /** A quote that is still open at the cursor. */
  readonly open: "'" | '"' | null;
}

/** Splits a line by blanks, with quotes and backslashes as POSIX shells have them; nothing is expanded. */
export function splitShellLine(line: string): ShellLine {
  const before: string[] = [];
  let word: string | null = null;
  let open: ShellLine['open'] = null;
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (open === null && /\s/.test(character)) {
      if (word !== null) before.push(word);
      word = null;
    } else if (character === open) {
      open = null;
    } else if (open === null && (character === "'" || character === '"')) {
      open = character;
      word ??= '';
    } else if (character === '\\' && open !== "'" && (open === null || /["\\$`]/.test(line.charAt(i + 1)))) {
      i += 1;
      word = (word ?? '') + line.charAt(i);
    } else {
      word = (word ?? '') + character;
    }
  }
  return { before, current: word ?? '', open };
}

/** A word as bash takes it back unchanged. */
export function quoteForBash(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
