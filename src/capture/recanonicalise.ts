import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { Canonicaliser } from '../canon/canonicaliser.js';
import type { Tape } from '../model/tape.js';
import { typeFolderName } from '../model/tree-path.js';
import type { RecordedType } from './meta-files.js';
import type { Stage } from './stage.js';

/**
 * Puts the tree under new rules (or a new emitter, filter, Secret mode) from the tree alone: old files, new rules.
 * What only the new rules keep comes later, with the first list. Files that cannot be read are left as they are.
 */
export function recanonicalise(
  tape: Tape,
  stage: Stage,
  canonicaliser: Canonicaliser,
  types: ReadonlyMap<string, RecordedType>,
  log: Logger,
): void {
  const byFolder = new Map([...types.values()].map(({ type }) => [typeFolderName(type), type]));
  stage.label('recanonicalise');
  for (const root of ['cluster', 'namespaces']) {
    for (const { path, oid } of tape.files(root)) {
      const folder = path.split('/').at(-2) ?? '';
      const type = byFolder.get(folder) ?? { resource: folder.split('.')[0] ?? folder, group: folder.split('.').slice(1).join('.') };
      try {
        const canonical = canonicaliser.recanonicalise(tape.read(oid).toString('utf8'), type);
        if (canonical.kind === 'skip') stage.unmirror(path, canonical.rule);
        else stage.put(path, Buffer.from(canonical.text, 'utf8'));
      } catch (error) {
        log.warn('A file of the tree could not be read; the next list writes it anew', { path, reason: messageOf(error) });
      }
    }
  }
}
