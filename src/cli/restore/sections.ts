/** Lines up to a limit, then how many more there are. */
export function* limited(lines: readonly string[], most: number): Iterable<string> {
  const shown = lines.length <= most ? lines : lines.slice(0, most);
  for (const line of shown) yield `${line}\n`;
  if (shown.length < lines.length) yield `  and ${(lines.length - shown.length).toLocaleString('en-US')} more (-o wide shows all)\n`;
}

export interface Group<T> {
  readonly name: string;
  readonly members: readonly T[];
}

/** What has the same name together, the largest group first. */
export function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Group<T>[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [item]);
    else members.push(item);
  }
  return [...groups].map(([name, members]) => ({ name, members })).sort((a, b) => b.members.length - a.members.length);
}
