/** Start of every entry of a tree object (`<mode> <name>\0<20 bytes>`), 4 bytes each. Throws RangeError when it is none. */
export function entryStarts(bytes: Buffer): Uint32Array {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    starts.push(at);
    const zero = bytes.indexOf(0, at);
    const space = bytes.indexOf(0x20, at);
    if (zero < 0 || space < 0 || space >= zero - 1 || zero + 21 > bytes.length) throw new RangeError(`a broken tree entry at byte ${at}`);
    at = zero + 21;
  }
  return Uint32Array.from(starts);
}

export interface TreeEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** A submodule's commit: there is no such object. */
  readonly isCommit: boolean;
  readonly oid: string;
}

/** The entry at a start. */
export function entryAt(bytes: Buffer, start: number): TreeEntry {
  const nameAt = bytes.indexOf(0x20, start) + 1;
  const zero = bytes.indexOf(0, nameAt);
  const oid = bytes.toString('hex', zero + 1, zero + 21);
  return { name: bytes.toString('utf8', nameAt, zero), isFolder: isFolderAt(bytes, start), isCommit: bytes[start + 1] === 0x36, oid };
}

/** Git sorts a folder as if its name ended with a slash; this is the name to sort and search by. */
export function sortKey(name: string, isFolder: boolean): Buffer {
  return Buffer.from(isFolder ? `${name}/` : name);
}

/** Position of the entry with a sort key, or `-1 - position` where it would be put. */
export function findEntry(bytes: Buffer, starts: Uint32Array, key: Buffer): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareEntry(bytes, starts[middle] as number, key);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** Where the 20 bytes of an entry's object id begin. */
export function oidStart(bytes: Buffer, starts: Uint32Array, position: number): number {
  return entryEnd(bytes, starts, position) - 20;
}

function entryEnd(bytes: Buffer, starts: Uint32Array, position: number): number {
  return starts[position + 1] ?? bytes.length;
}

/** Modes: 40000 folder, 1xxxxx everything else. */
function isFolderAt(bytes: Buffer, start: number): boolean {
  return bytes[start] === 0x34 || bytes[start] === 0x30;
}

/** Order of the entry at `start` against a sort key: negative when it comes before. */
function compareEntry(bytes: Buffer, start: number, key: Buffer): number {
  let at = start;
  while (bytes[at] !== 0x20) at += 1;
  at += 1;
  for (let i = 0; i < key.length; i++, at++) {
    const byte = bytes[at] as number;
    // The name ended: a folder goes on with a slash, a file with nothing.
    if (byte === 0) return (isFolderAt(bytes, start) ? 0x2f : 0) - (key[i] as number) || i + 1 - key.length;
    if (byte !== key[i]) return byte - (key[i] as number);
  }
  return bytes[at] === 0 && !isFolderAt(bytes, start) ? 0 : 1;
}

/** One entry set to an object id, or removed (null). */
export interface EntryChange {
  readonly name: string;
  readonly isFolder: boolean;
  readonly oid: string | null;
}

/** A folder's new tree object; untouched entries, their modes included, are copied in whole runs. */
export function mergeEntries(bytes: Buffer, starts: Uint32Array, changes: readonly EntryChange[]): Buffer {
  const sorted = changes.map((change) => ({ change, key: sortKey(change.name, change.isFolder) })).sort((a, b) => a.key.compare(b.key));
  const steps = sorted.map(({ change, key }) => ({ change, key, position: findEntry(bytes, starts, key) }));
  let length = bytes.length;
  for (const { change, key, position } of steps) length += growth(bytes, starts, change, key, position);
  const result = Buffer.allocUnsafeSlow(length);
  let from = 0;
  let to = 0;
  for (const { change, key, position } of steps) {
    const start = position >= 0 ? (starts[position] as number) : (starts[-1 - position] ?? bytes.length);
    const end = position >= 0 ? entryEnd(bytes, starts, position) : start;
    // An entry that stays keeps its mode: only its id is written anew.
    const keep = change.oid !== null && position >= 0 ? end - 20 : start;
    to += bytes.copy(result, to, from, keep);
    from = end;
    if (change.oid === null) continue;
    if (position < 0) to += writeName(result, to, change.isFolder, key);
    to += result.write(change.oid, to, 20, 'hex');
  }
  bytes.copy(result, to, from);
  return result;
}

function growth(bytes: Buffer, starts: Uint32Array, { oid, isFolder }: EntryChange, key: Buffer, position: number): number {
  if (position >= 0) return oid === null ? (starts[position] as number) - entryEnd(bytes, starts, position) : 0;
  if (oid === null) return 0;
  return isFolder ? '40000 '.length + key.length + 20 : '100644 '.length + key.length + 21;
}

/** Mode, name and zero byte; the slash of a folder's key gives way to the zero. */
function writeName(result: Buffer, at: number, isFolder: boolean, key: Buffer): number {
  const mode = isFolder ? '40000 ' : '100644 ';
  result.write(mode, at, 'latin1');
  key.copy(result, at + mode.length);
  const nameLength = isFolder ? key.length - 1 : key.length;
  result[at + mode.length + nameLength] = 0;
  return mode.length + nameLength + 1;
}
