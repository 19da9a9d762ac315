/** The exit codes of every command; README and docs quote this table. */
export const EXIT = {
  done: 0,
  no: 1,
  usage: 2,
  part: 3,
  failed: 4,
  refused: 5,
  limit: 6,
  interrupted: 7,
  cluster: 10,
  repository: 11,
  internal: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Gravest first. */
const GRAVITY: readonly ExitCode[] = [70, 2, 5, 11, 10, 7, 6, 4, 3, 1, 0];

/** The exit code of a command in which several things happened: the gravest of theirs. */
export function gravest(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return GRAVITY.find((code) => seen.has(code)) ?? EXIT.done;
}
