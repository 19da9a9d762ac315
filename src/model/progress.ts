export interface ProgressState {
  /** What is going on, in a word or two: `discovering`, `listing`, `committing`. */
  readonly phase: string;
  readonly typesSynced: number;
  readonly types: number;
  readonly objects: number;
}

/** Long work shows where it is; the last state wins, and calling often is cheap. */
export interface Progress {
  update(state: ProgressState): void;
  /** Nothing more comes: the terminal is left clean. */
  done(): void;
}

export const noProgress: Progress = { update() {}, done() {} };
