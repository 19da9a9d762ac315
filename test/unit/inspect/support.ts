// Selections and calls over a TestRepository, as commands make them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalPolicy } from '../../../src/canon/canonicaliser.js';
import { InspectError } from '../../../src/inspect/inspect-error.js';
import { Selection, type SelectionRequest } from '../../../src/inspect/selection.js';
import type { RecordedType } from '../../../src/capture/meta-files.js';
import { TEST_TYPES, TestRepository, type TestHistory } from '../../support/history.js';

export const SIGNAL = new AbortController().signal;

const open: { repository: TestRepository; folder: string; histories: TestHistory[] }[] = [];

/** A repository that cleanUp() closes and removes. */
export async function newRepository(policy?: CanonicalPolicy): Promise<TestRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-inspect-'));
  const repository = await TestRepository.create(folder, policy);
  open.push({ repository, folder, histories: [] });
  return repository;
}

export function historyOf(repository: TestRepository): TestHistory {
  const history = repository.history();
  open.find((each) => each.repository === repository)?.histories.push(history);
  return history;
}

export function cleanUp(): void {
  for (const { repository, folder, histories } of open.splice(0)) {
    for (const history of histories) history.close();
    repository.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function select(request: SelectionRequest | string, types: ReadonlyMap<string, RecordedType> = TEST_TYPES): Selection {
  return Selection.parse(typeof request === 'string' ? { objects: [request] } : request, types);
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function inspectError(work: () => unknown): Promise<InspectError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof InspectError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const deployment = (namespace: string, name: string, replicas: number, image = 'nginx:1.25', more: object = {}): object => ({
  metadata: { name, namespace, labels: { app: name } },
  spec: { replicas, template: { spec: { containers: [{ name: 'web', image, ...more }] } } },
});

export const configMap = (namespace: string, name: string, data: Readonly<Record<string, string>> = { a: '1' }): object => ({ metadata: { name, namespace }, data });

export const secret = (namespace: string, name: string, values: Readonly<Record<string, string>>): object => ({
  metadata: { name, namespace }, type: 'Opaque', data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});
