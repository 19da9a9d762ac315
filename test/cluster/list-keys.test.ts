// The built-in table of merge keys against what a real API server declares.
import { expect } from 'chai';
import { builtInListKeys, type ListKeys } from '../../src/diff/list-keys.js';
import { openApiListKeys } from '../../src/diff/open-api-list-keys.js';
import type { AnyJson, ApiClient } from '../support/api-client.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

type Keys = (string | number)[];

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly document: AnyJson;
  readonly schema: AnyJson;
}

/** Every kind with metadata that the documents of built-in groups describe. */
async function kinds(api: ApiClient): Promise<Kind[]> {
  const index = (await api.request('GET', '/openapi/v3')).json;
  const found: Kind[] = [];
  for (const [path, { serverRelativeURL }] of Object.entries<AnyJson>(index.paths)) {
    if (!/^(?:api|apis\/(?:[a-z]+|[a-z.]+\.k8s\.io))\/v\d+$/.test(path)) continue;
    const document = (await api.request('GET', serverRelativeURL)).json;
    for (const schema of Object.values<AnyJson>(document.components?.schemas ?? {})) {
      if (!String(schema.properties?.metadata?.allOf?.[0]?.$ref).endsWith('.ObjectMeta')) continue;
      for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
        found.push({ apiVersion: group === '' ? version : `${group}/${version}`, kind, document, schema });
      }
    }
  }
  return found;
}

/** The places of all lists of a kind, recursive schemas once, as keys of an object. */
function lists({ document, schema }: Kind): Keys[] {
  const places: Keys[] = [];
  const visit = (at: AnyJson, keys: Keys, above: readonly string[]): void => {
    const names = [at.$ref, ...(at.allOf ?? []).map((part: AnyJson) => part.$ref)].filter((name) => name !== undefined).map((name: string) => name.split('/').at(-1) ?? '');
    if (names.some((name) => above.includes(name))) return;
    const whole = Object.assign({}, at, ...names.map((name) => document.components.schemas[name]));
    const next = [...above, ...names];
    if (whole.type === 'array') {
      places.push(keys);
      visit(whole.items, [...keys, 0], next);
    }
    for (const [key, child] of Object.entries(whole.properties ?? {})) visit(child, [...keys, key], next);
    if (typeof whole.additionalProperties === 'object') visit(whole.additionalProperties, [...keys, 'any'], next);
  };
  visit(schema, [], []);
  return places;
}

const isOfStatus = (keys: Keys): boolean => keys.includes('status') && keys.join('.') !== 'status.conditions';

describe('merge keys of lists', () => {
  let found: Kind[];
  before(async function () {
    await controlPlaneOrSkip(this);
    found = await kinds((await sharedControlPlane()).api);
  });

  it('of the built-in table are those that the server declares, for every list of every built-in kind', () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const kind of found) {
      const declared: ListKeys = openApiListKeys(kind.document, kind.apiVersion, kind.kind);
      const table = builtInListKeys(kind.apiVersion, kind.kind);
      for (const keys of lists(kind)) {
        if (isOfStatus(keys)) continue;
        compared++;
        const [expected, actual] = [JSON.stringify(declared(keys)), JSON.stringify(table(keys))];
        if (expected !== actual) wrong.push(`${kind.apiVersion} ${kind.kind} ${keys.join('.')}: the server says ${expected}, the table ${actual}`);
      }
    }

    expect(wrong).to.deep.equal([]);
    expect(found.map(({ kind }) => kind)).to.include.members(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'ReplicationController', 'Service', 'MutatingWebhookConfiguration']);
    expect(compared).to.be.greaterThan(1_000);
  });

  it('are found by the server\'s document where an object has them', () => {
    const pod = found.find(({ kind }) => kind === 'Pod') as Kind;
    const keysOf = openApiListKeys(pod.document, 'v1', 'Pod');

    expect(keysOf(['spec', 'containers', 2, 'ports'])).to.deep.equal(['containerPort', 'protocol']);
    expect(keysOf(['spec', 'tolerations'])).to.equal(null);
    expect(keysOf(['metadata', 'finalizers'])).to.deep.equal([]);
  });
});
