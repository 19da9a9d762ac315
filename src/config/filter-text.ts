/** A filter entry as the schema of the file takes it, before it was checked. */
export interface RawFilterEntry {
  types?: string[];
  namespaces?: string[];
  names?: string[];
  labelSelector?: string;
}

/** The syntax of --include and --exclude, for help and messages. */
export const FILTER_SYNTAX = 'types=secrets,configmaps;namespaces=dev-*;names=*-config;selector=app=web';

/**
 * Reads one --include or --exclude: `name=value` separated by `;`, values of types, namespaces and names separated by
 * `,`, each name at most once. Every given name must hold. Returns the entry, or what is wrong in words.
 */
export function parseFilterText(text: string): RawFilterEntry | string {
  const entry: RawFilterEntry = {};
  for (const part of text.split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    const value = part.slice(at + 1).trim();
    const key = name === 'selector' ? 'labelSelector' : name;
    if (key !== 'types' && key !== 'namespaces' && key !== 'names' && key !== 'labelSelector') {
      return at < 0 ? 'each part is NAME=VALUE' : 'the names are types, namespaces, names and selector';
    }
    if (entry[key] !== undefined) {
      return `${name} is given twice; separate its values by commas, or repeat the flag for another entry`;
    }
    if (value === '') {
      return `${name} is empty`;
    }
    if (key === 'labelSelector') {
      entry.labelSelector = value;
    } else {
      entry[key] = value.split(',').map((item) => item.trim());
    }
  }
  return entry;
}
