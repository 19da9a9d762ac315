import { RepositoryError } from '../../model/repository-error.js';

/**
 * A part of the index is not what was written. When a look-up in HistoryIndex throws it, that part is forgotten already:
 * update() builds it anew, and the look-up can be repeated.
 */
export class IndexDamaged extends RepositoryError {
  readonly path: string;

  constructor(path: string, why: string) {
    super('DAMAGED', `The index of the history is damaged: in ${path}, ${why}`, { hint: 'Run the command again: the index is derived from the commits, and what is damaged is built anew' });
    this.path = path;
  }
}
