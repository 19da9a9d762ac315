// The built program run over a control plane, and what its repository should hold then.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.js';
import type { User } from './control-plane-files.js';
import { Daemon, type Exit } from './daemon.js';
import { compareTree, stripServerFields, treeIdentities, type CompareOptions, type Comparison, type MirroredFile } from './mirrored-tree.js';
import { listEverything, skipReason, type Listed } from './oracle.js';

/** A folder of one suite, with a home for child processes. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'kubetape-suite-'));
  private repositories = 0;

  constructor() {
    mkdirSync(this.path('home'));
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** A repository that does not exist yet. */
  repository(): string {
    return this.path(`repository-${++this.repositories}.git`);
  }

  /** `kubetape ARGS` over a control plane, to its end. */
  run(plane: ControlPlane, args: readonly string[], user: User = 'admin'): Promise<Exit> {
    return this.start(plane, args, user).waitForExit(120_000);
  }

  start(plane: ControlPlane, args: readonly string[], user: User = 'admin'): Daemon {
    return this.program([...args, '--kubeconfig', plane.kubeconfig(user)]);
  }

  /** `kubetape ARGS` with nothing added. */
  program(args: readonly string[], env: Readonly<Record<string, string>> = {}): Daemon {
    return Daemon.start({ args, env, cwd: this.path('home') });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface Mirrored {
  readonly all: ReadonlyMap<string, Listed>;
  readonly expected: ReadonlyMap<string, Listed>;
  readonly files: ReadonlyMap<string, MirroredFile>;
  readonly comparison: Comparison;
}

/**
 * Runs `mirror`, and compares the tree with what the API lists before and after. Controllers are at work: when they
 * changed something meanwhile, again (at most eight times).
 */
export async function mirrorAndCompare(plane: ControlPlane, repository: string, mirror: () => Promise<unknown>, options: CompareOptions = {}): Promise<Mirrored> {
  for (let attempt = 1; ; attempt += 1) {
    const before = fingerprint(await listEverything(plane.api));
    await mirror();
    const all = await listEverything(plane.api);
    const expected = new Map([...all].filter(([, listed]) => skipReason(listed) === null));
    const files = await treeIdentities(repository, 'main');
    const comparison = compareTree(expected, files, options);
    if (fingerprint(all) === before || attempt === 8) return { all, expected, files, comparison };
  }
}

/** What the mirror should have: status and the like change all the time. */
function fingerprint(all: ReadonlyMap<string, Listed>): string {
  const kept = [...all].filter(([, listed]) => skipReason(listed) === null).map(([key, listed]) => `${key} ${JSON.stringify(stripServerFields(listed))}`);
  return kept.sort().join('\n');
}
