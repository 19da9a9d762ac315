/**
 * Order of two resourceVersions of one store: negative when a is older. Since Kubernetes 1.35 they are documented as
 * comparable decimal numbers (KEP-5504); null when one of them is not, so that nothing is concluded.
 */
export function compareResourceVersions(a: string, b: string): number | null {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return null;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/** The lowest of several resourceVersions, null when there is none or they cannot be compared. */
export function lowest(versions: Iterable<string>): string | null {
  let low: string | null = null;
  for (const version of versions) {
    if (low === null) low = version;
    const order = compareResourceVersions(version, low);
    if (order === null) return null;
    if (order < 0) low = version;
  }
  return low;
}
