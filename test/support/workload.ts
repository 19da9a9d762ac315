// A seeded random workload, and its own record of what the server accepted.
import type { AnyJson, ApiClient } from './api-client.js';
import { crd, configMap, customObject, deployment, namespace, role, secret, service, serviceAccount, type TestObject } from './objects.js';
import { identityKey, type Identity } from './oracle.js';
import { random } from './scale.js';

export interface WorkloadOptions {
  readonly seed: number;
  /** Writes in all. */
  readonly operations: number;
  /** At most so many a second; default: 200. */
  readonly perSecond?: number;
  /** Requests at one time; default: 8. One object has one at a time. */
  readonly inFlight?: number;
  /** Default: 4. */
  readonly namespaces?: number;
  /** Objects of one kind and namespace that come and go; default: 5. */
  readonly names?: number;
  /** Names of namespaces start so: two workloads on one server do not meet. Default: `work`. */
  readonly prefix?: string;
  readonly kinds?: readonly WorkloadKind[];
}

export type WorkloadKind = 'ConfigMap' | 'Secret' | 'Deployment' | 'Service' | 'ServiceAccount' | 'Role' | 'Widget';

/** One accepted write. */
export interface AcceptedState {
  /** Of the object as it was answered; null for a deletion, which is answered without one. */
  readonly resourceVersion: string | null;
  /** The server's answer; null: deleted. */
  readonly object: AnyJson;
  /** Milliseconds since 1970: the server had it between these two moments. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface WorkloadRecord {
  readonly id: Identity;
  readonly kind: WorkloadKind;
  /** In the server's order. Controllers may have written states in between (Deployments, ServiceAccounts). */
  readonly states: readonly AcceptedState[];
  /** The last accepted state: the object, or null when it is gone. */
  readonly final: AnyJson;
}

export interface Workload {
  /** Resolves with the records by identityKey when all is done; rejects with the first answer that was not expected. */
  readonly done: Promise<ReadonlyMap<string, WorkloadRecord>>;
  /** Writes accepted so far. */
  readonly accepted: number;
  /** Ends it after the writes under way; `done` resolves. */
  stop(): void;
}

const TYPES: Readonly<Record<WorkloadKind, { readonly group: string; readonly resource: string }>> = {
  ConfigMap: { group: '', resource: 'configmaps' },
  Secret: { group: '', resource: 'secrets' },
  Deployment: { group: 'apps', resource: 'deployments' },
  Service: { group: '', resource: 'services' },
  ServiceAccount: { group: '', resource: 'serviceaccounts' },
  Role: { group: 'rbac.authorization.k8s.io', resource: 'roles' },
  Widget: { group: 'test.kubetape.io', resource: 'widgets' },
};

type Answer = Pick<AcceptedState, 'resourceVersion' | 'object'>;

interface Slot {
  readonly id: Identity;
  readonly kind: WorkloadKind;
  readonly states: AcceptedState[];
  /** Whether it will be there after everything that is planned for it. */
  planned: boolean;
  /** The end of what is planned for it. */
  tail: Promise<void>;
}

/** Makes the namespaces and the CRD, then starts writing. */
export async function startWorkload(api: ApiClient, options: WorkloadOptions): Promise<Workload> {
  const kinds = options.kinds ?? (Object.keys(TYPES) as WorkloadKind[]);
  const spaces = Array.from({ length: options.namespaces ?? 4 }, (_, index) => `${options.prefix ?? 'work'}-${index}`);
  if (kinds.includes('Widget')) await establish(api);
  for (const name of spaces) await createUnlessThere(api, namespace(name));
  const slots = spaces.flatMap((ns) => kinds.flatMap((kind) => Array.from({ length: options.names ?? 5 }, (_, index): Slot => ({
    id: { ...TYPES[kind], namespace: ns, name: `${kind.toLowerCase()}-${index}` },
    ...{ kind, states: [], planned: false, tail: Promise.resolve() },
  }))));
  let stopped = false;
  let accepted = 0;
  const count = (): void => void (accepted += 1);
  return {
    done: run(api, options, slots, () => stopped, count),
    get accepted(): number {
      return accepted;
    },
    stop: () => void (stopped = true),
  };
}

async function run(api: ApiClient, options: WorkloadOptions, slots: Slot[], stopped: () => boolean, count: () => void): Promise<Map<string, WorkloadRecord>> {
  const draw = random(options.seed);
  const started = Date.now();
  let issued = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (issued < options.operations && !stopped() && !failed) {
      const due = started + (issued++ * 1000) / (options.perSecond ?? 200);
      const { slot, write } = plan(api, slots, issued, draw);
      const before = slot.tail;
      slot.tail = before.then(async () => {
        if (failed) return;
        if (due > Date.now()) await new Promise((done) => setTimeout(done, due - Date.now()));
        const sentAt = Date.now();
        slot.states.push({ ...(await write()), sentAt, answeredAt: Date.now() });
        count();
      });
      slot.tail.catch(() => (failed = true));
      await slot.tail;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: options.inFlight ?? 8 }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  const touched = slots.filter(({ states }) => states.length > 0);
  return new Map(touched.map(({ id, kind, states }) => [identityKey(id), { id, kind, states, final: states.at(-1)?.object ?? null }]));
}

/**
 * The next write: creates what will not be there; else changes it three times of four, and deletes it otherwise. It is
 * decided when it is issued, not when its turn comes, so the writes and their order per object depend on the seed alone.
 */
function plan(api: ApiClient, slots: readonly Slot[], serial: number, draw: () => number): { slot: Slot; write: () => Promise<Answer> } {
  const slot = slots[Math.floor(draw() * slots.length)];
  if (slot === undefined) throw new Error('A workload needs a kind, a namespace and a name');
  const object = build(slot.kind, slot.id, serial, draw);
  const existed = slot.planned;
  slot.planned = !existed || draw() >= 0.25;
  if (!slot.planned) return { slot, write: async () => api.delete(object).then(() => ({ resourceVersion: null, object: null })) };
  const write = async (): Promise<Answer> => {
    const answer = existed ? await api.patch(object, object) : await api.create(withoutNulls(object));
    return { resourceVersion: answer.metadata.resourceVersion, object: answer };
  };
  return { slot, write };
}

function build(kind: WorkloadKind, id: Identity, serial: number, draw: () => number): TestObject {
  const { namespace: ns, name } = id;
  switch (kind) {
    case 'ConfigMap':
      return configMap(ns, name, { serial: String(serial), text: 'line\n'.repeat(Math.floor(draw() * 20)), sometimes: comesAndGoes(serial) });
    case 'Secret':
      return secret(ns, name, { serial: String(serial), token: String(draw()) });
    case 'Deployment':
      return deployment(ns, name, Math.floor(draw() * 3), `registry.example/app:${serial}`);
    case 'Service':
      return service(ns, name, { ports: [{ name: 'http', port: 1000 + (serial % 60_000), targetPort: 8080 }] });
    case 'ServiceAccount':
      return { ...serviceAccount(ns, name), automountServiceAccountToken: draw() < 0.5, secrets: [{ name: `pull-${serial}` }] };
    case 'Role':
      return role(ns, name, ['get', 'list', `verb-${serial}`]);
    case 'Widget':
      return customObject('Widget', ns, name, { spec: { serial, big: 9_007_199_254_740_991, empty: {}, list: [], numbers: [...String(serial)].map(Number), sometimes: { key: comesAndGoes(serial) } } });
  }
}

/** A value that a merge patch sets in two of three writes, and takes away in the third. */
function comesAndGoes(serial: number): string {
  return serial % 3 === 0 ? (null as unknown as string) : `since ${serial}`;
}

/** A new object has nothing to take away. */
function withoutNulls(object: TestObject): TestObject {
  return JSON.parse(JSON.stringify(object, (_, value: unknown) => (value === null ? undefined : value))) as TestObject;
}

async function establish(api: ApiClient): Promise<void> {
  const widgets = crd('Widget');
  await createUnlessThere(api, widgets);
  for (;;) {
    const found = await api.get(widgets);
    const ready = found.status?.conditions?.some((each: AnyJson) => each.type === 'Established' && each.status === 'True');
    // Established comes a moment before the path is served.
    if (ready && (await api.request('GET', '/apis/test.kubetape.io/v1/widgets?limit=1')).status === 200) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function createUnlessThere(api: ApiClient, object: TestObject): Promise<void> {
  const answer = await api.request('POST', await api.pathOf(object, false), object);
  if (answer.status !== 201 && answer.json?.reason !== 'AlreadyExists') throw new Error(`Creating ${object.kind} ${object.metadata.name}: ${answer.status} ${answer.text}`);
}
