import type { Canonicaliser, CanonicalPolicy } from '../canon/canonicaliser.js';
import type { Logger } from '../lib/log.js';
import type { Tape } from '../model/tape.js';
import type { Coverage } from './coverage.js';
import { META, clusterFile, policyFiles, readMeta, readMetaText, readTypes, typesFile, type RecordedType } from './meta-files.js';
import { recanonicalise } from './recanonicalise.js';
import type { Session } from './session.js';
import type { Stage } from './stage.js';

export interface RecordsDeps {
  readonly tape: Tape;
  readonly stage: Stage;
  readonly coverage: Coverage;
  readonly canonicaliser: Canonicaliser;
  readonly log: Logger;
}

/** What the repository says about itself: the files in `.kubetape/`, staged like any other. */
export class Records {
  readonly #files: ReadonlyMap<string, string>;
  readonly #deps: RecordsDeps;
  readonly #digestKeyId: string | null;

  constructor(policy: CanonicalPolicy, digestKeyId: string | null, deps: RecordsDeps) {
    this.#deps = deps;
    this.#digestKeyId = digestKeyId;
    this.#files = policyFiles(policy, deps.canonicaliser.rulesHash, digestKeyId);
  }

  /**
   * Stages the policy in force. When it is another one than the tree was written under (rules, emitter, filter,
   * Secret mode), the tree is put under it first, from itself alone, and `commit` is called for that. Returns what
   * the next commit should be headed with, if it is out of the ordinary.
   */
  applyPolicy(session: Session, commit: () => unknown): string | null {
    const { tape, stage, coverage, canonicaliser, log } = this.#deps;
    const before = readMeta(tape, META.policy);
    if (tape.head() === null) stage.label('baseline');
    else if (before?.['rules'] !== canonicaliser.rulesHash) {
      log.info('The rules changed; rewriting the tree under the new ones', { rules: canonicaliser.rulesHash });
      recanonicalise(tape, stage, canonicaliser, readTypes(tape), log);
      this.#stagePolicy();
      commit();
    }
    this.#stagePolicy();
    this.cluster(session);
    const recorded = readMetaText(tape, META.coverage);
    if (recorded !== null) coverage.restore(recorded);
    if (tape.head() === null) return null;
    const upgraded = session.recorded !== null && session.recorded.server !== session.server;
    stage.label(upgraded ? 'server-upgrade' : 'catch-up');
    const keyBefore = before?.['digestKey'];
    if (this.#digestKeyId === null || typeof keyBefore !== 'string' || keyBefore === this.#digestKeyId) return null;
    log.warn('The key of the Secret digests is another one; every digest is renewed', { before: keyBefore, now: this.#digestKeyId });
    return 'The key of the Secret digests is another one: every digest is new, no value is known to have changed';
  }

  cluster({ identity, server }: Pick<Session, 'identity' | 'server'>): void {
    this.#deps.stage.put(META.cluster, Buffer.from(clusterFile({ identity, server })));
  }

  typesAndCoverage(types: ReadonlyMap<string, RecordedType>): void {
    this.#deps.stage.put(META.types, Buffer.from(typesFile(types)));
    this.#deps.stage.put(META.coverage, Buffer.from(this.#deps.coverage.render()));
  }

  #stagePolicy(): void {
    const { stage, tape } = this.#deps;
    for (const [path, text] of this.#files) stage.put(path, Buffer.from(text));
    for (const { path } of tape.files(META.rules)) if (!this.#files.has(path)) stage.remove(path);
  }
}
