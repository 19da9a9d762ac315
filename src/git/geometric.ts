/**
 * Which packs to merge, given their sizes in rising order: the first `n`, so that afterwards each pack is at least
 * twice the next smaller one (the rule of `git repack --geometric=2`, git-repack(1)). 0 or 1: none.
 */
export function geometricSplit(sizes: readonly number[]): number {
  let split = 0;
  for (let i = sizes.length - 1; i > 0; i--) {
    if ((sizes[i] as number) >= 2 * (sizes[i - 1] as number)) continue;
    split = i + 1;
    break;
  }
  let sum = sizes.slice(0, split).reduce((total, size) => total + size, 0);
  while (split > 0 && split < sizes.length && (sizes[split] as number) < 2 * sum) {
    sum += sizes[split] as number;
    split += 1;
  }
  return split;
}
