const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const SIZE_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Milliseconds of `500ms`, `1.5s`, `5m`, `1h30m`, `2d` or `0`; null for anything else, a number without unit included. */
export function parseDuration(text: string): number | null {
  if (text === '0') {
    return 0;
  }
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    return null;
  }
  let total = 0;
  for (const [, amount = '', , unit = ''] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (DURATION_MS[unit] ?? Number.NaN);
  }
  return Number.isFinite(total) ? Math.round(total) : null;
}

/** `500ms`, `1s`, `1.5s`, `1m30s`, `2h`; parseDuration gives back whole milliseconds below a minute, else whole seconds. */
export function formatDuration(ms: number): string {
  if (ms < 1000) {
    return `${Math.round(ms)}ms`;
  }
  if (ms < 60_000) {
    return `${Math.round(ms) / 1000}s`;
  }
  let seconds = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [unit, size] of [['d', 86_400], ['h', 3600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) {
      parts.push(`${count}${unit}`);
    }
  }
  return parts.join('');
}

/** Bytes of `512`, `10kB`, `64MiB`, `2GiB`, `2Gi`; null for anything else. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text);
  const unit = SIZE_BYTES[match?.[2] ?? '?'];
  const bytes = unit === undefined ? Number.NaN : Math.round(Number(match?.[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** `512 B`, `1.5 KiB`, `2 GiB`: one decimal at most. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (unit < units.length - 1 && Math.round(value * 10) / 10 >= 1024) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.round(value * 10) / 10} ${units[unit] ?? ''}`;
}
