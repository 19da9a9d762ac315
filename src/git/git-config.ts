/**
 * Keys and last values of a git configuration file (git-config(1), "Syntax"): `section.key` or
 * `section.Sub.key`, section and key in lower case. Includes are not followed. A key without value is `true`.
 */
export function parseGitConfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const raw of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    let line = raw.trim();
    const header = /^\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header !== null) {
      section = (header[1] as string).toLowerCase() + (header[2] === undefined ? '' : `.${header[2].replace(/\\(.)/g, '$1')}`);
      line = line.slice(header[0].length).trim();
    }
    const entry = /^([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/.exec(line);
    if (entry !== null) values.set(`${section}.${(entry[1] as string).toLowerCase()}`, entry[2] === undefined ? 'true' : plainValue(entry[2]));
  }
  return values;
}

/** Quotes, escapes and the comment at the end taken away. */
function plainValue(text: string): string {
  let value = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char === '"') quoted = !quoted;
    else if (char === '\\') value += text[(i += 1)] ?? '';
    else if (!quoted && (char === '#' || char === ';')) break;
    else value += char;
  }
  return value.trim();
}

/** A boolean as git reads it. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(true|yes|on|1)$/i.test(value);
}
