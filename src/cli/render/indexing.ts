import type { IndexProgress } from '../../model/history.js';

/** Tells how far the index of the history is: `indexing the history  12,000 of 1,000,000 commits`. */
export function indexing(show: (text: string) => void): (progress: IndexProgress) => void {
  return ({ commits, total }) => {
    show(`indexing the history  ${commits.toLocaleString('en-US')}${total === undefined ? '' : ` of ${total.toLocaleString('en-US')}`} commits`);
  };
}
