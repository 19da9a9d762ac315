// Ordinary objects and hostile ones.
import type { Reference } from './api-client.js';

export type TestObject = Reference;

/** Any object; the namespace is null for what has none. */
export function object(apiVersion: string, kind: string, namespace: string | null, name: string, rest: object = {}): TestObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === null ? {} : { namespace }) }, ...rest };
}

/** A copy with labels, annotations and the like. */
export function withMetadata(given: TestObject, metadata: object): TestObject {
  return { ...given, metadata: { ...given.metadata, ...metadata } };
}

export const namespace = (name: string): TestObject => object('v1', 'Namespace', null, name);

export const configMap = (ns: string, name: string, data: Readonly<Record<string, string>> = { key: 'value' }): TestObject => object('v1', 'ConfigMap', ns, name, { data });

/** Values are given in clear. */
export function secret(ns: string, name: string, values: Readonly<Record<string, string>> = { password: 'not-so-secret' }): TestObject {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  return object('v1', 'Secret', ns, name, { type: 'Opaque', data });
}

export const serviceAccount = (ns: string, name: string): TestObject => object('v1', 'ServiceAccount', ns, name);

export function service(ns: string, name: string, spec: object = {}): TestObject {
  return object('v1', 'Service', ns, name, { spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec } });
}

export function deployment(ns: string, name: string, replicas = 1, image = 'registry.example/app:1'): TestObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
  return object('apps/v1', 'Deployment', ns, name, { spec: { replicas, selector: { matchLabels: labels }, template } });
}

export function role(ns: string, name: string, verbs: readonly string[] = ['get', 'list']): TestObject {
  return object('rbac.authorization.k8s.io/v1', 'Role', ns, name, { rules: [{ apiGroups: [''], resources: ['pods'], verbs }] });
}

export interface Rights {
  readonly groups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
}

/** A role and its binding for a user of the control plane: in a namespace, or, without one, in the whole cluster. */
export function grant(user: string, rights: Rights = {}, ns: string | null = null, name = `grant-${user}`): [TestObject, TestObject] {
  const api = 'rbac.authorization.k8s.io/v1';
  const [kind, bindingKind] = ns === null ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding'];
  const rule = { apiGroups: rights.groups ?? ['*'], resources: rights.resources ?? ['*'], verbs: rights.verbs ?? ['get', 'list', 'watch'] };
  const binding = {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
  return [object(api, kind ?? '', ns, name, { rules: [rule] }), object(api, bindingKind ?? '', ns, name, binding)];
}

export interface CrdOptions {
  readonly group?: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  /** First is the storage version; all are served. */
  readonly versions?: readonly string[];
}

/** A CRD whose objects may hold anything: `plural` is the kind in lower case with an s. */
export function crd(kind: string, options: CrdOptions = {}): TestObject {
  const group = options.group ?? 'test.kubetape.io';
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = (options.versions ?? ['v1']).map((name, index) => ({ name, served: true, storage: index === 0, schema }));
  const names = { plural: `${singular}s`, singular, kind, listKind: `${kind}List` };
  return object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', null, `${singular}s.${group}`, { spec: { group, scope: options.scope ?? 'Namespaced', names, versions } });
}

/** An object of crd(). */
export function customObject(kind: string, ns: string | null, name: string, rest: object = { spec: { size: 1 } }, apiVersion = 'test.kubetape.io/v1'): TestObject {
  return object(apiVersion, kind, ns, name, rest);
}

/**
 * The body of a custom object that JavaScript cannot hold: text, with number tokens beyond a double, negative zero,
 * `__proto__`, integer-like keys in an awkward order, empty maps and lists, null.
 */
export function hostileCustomText(kind: string, ns: string, name: string, apiVersion = 'test.kubetape.io/v1'): string {
  const metadata = JSON.stringify({ name, namespace: ns });
  const numbers = '"int64":9223372036854775807,"min":-9223372036854775808,"safe":9007199254740993,"zero":-0.0,"big":1e21,"tiny":1e-300,"one":1.0,"half":0.5';
  const shapes = '"emptyMap":{},"emptyList":[],"nothing":null,"nested":[[],[{}],[[1,null]]],"blank":""';
  const keys = '"__proto__":{"polluted":true},"constructor":"c","10":"ten","9":"nine","-1":"minus","01":"leading","yes":"no","a.b/c":"dots","":"empty key"';
  return `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},"metadata":${metadata},"spec":{${numbers},${shapes},"keys":{${keys}}},"payload":{"beside":"spec"}}`;
}

/** Names that RBAC objects may have: the server checks them as path segments only. */
export const HOSTILE_NAMES: readonly string[] = [
  ...['UPPER', 'upper', 'Mixed:Case', 'system:kubetape', 'with space', ' leading', 'trailing ', 'dot.', 'aux', 'NUL.txt', 'con', 'a\nb', 'esc\u001b[31mred', 'tab\there'],
  ...['quote"\'`', 'back\\slash', 'semi;colon&and|pipe', '*?<>', '~', '-rf', '--help', '#hash', 'caf\u00e9', 'cafe\u0301', '\u{1f600}', '\u202egnirts', '\ufeffbom', 'x'.repeat(250), 'y'.repeat(1000)],
];

/** A Role with any name. */
export const hostileRole = (ns: string, name: string): TestObject => role(ns, name);

/** Words that some YAML reader takes for something else than a text (canonical-form.md, Appendix A). */
const WORDS =
  'yes y Y on off no N null Null ~ true 1e3 0x10 08 010 0o17 1_000 0b11 2024-01-01 2024-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00 190:20:30 22:22 .inf -.inf .NaN +1 = << - ? : # % @ ` &a *a !t { } [ ] , | > \' " \\ --- ... 1. .5 1e+21 +.5 -.5 1,000 0x 0b 1e e3 12e03 0. ._ . .. NaN Inf inf Infinity __proto__ 1:2 http://x/y $(VAR) %YAML 0o8 0x1.8p1 1__0 _1 + ++ -a -1a 1a 1-2 1970 12:30:45 1.5.2 10.0.0.1 1/2 500m 1Gi 1.5Gi 10s 5m0s 1h30m 250ms 1k 0.5n 1E 1P 1e31970 61e9540 1e6 0192117 686e444 4225332 12abc deadbeef 0xdeadbeef 3.19-alpine 1.21.0 1.21.0-rc.1 v1.2 --foo=bar -c -- --1 -inf';
const PHRASES: readonly string[] = [
  ...['', 'a: b', 'a #b', 'a:', '- a', '\t', '\n', '\r', '\r\n', '\u0085', '\u2028', '\u2029', '\ufeff', '\u00a0', '\u0000', '\u001b', '\u007f', '\u0080', '\ufffe', '\uffff', '\u{1f600}', '\u00e9'],
  ...[' leading', 'trailing ', '\tleading tab', 'trailing tab\t', ' ', 'key: |', '# c', '!!str a', '? a', '1 2', `long-${'x'.repeat(130)}`, 'spaced '.repeat(26), '{{ tpl }}'],
  ...['\tq\n', '\n\techo\n', '\n  x\n y\n', 'a\n\n\n', 'a \nb\n', 'a\r\nb\r\n', '\n', '\n\n', '  indented\nless\n', '#!/bin/sh\n\techo "$1"\n', '---\n', 'a\n---\nb\n', 'x\u0085y\nz\n'],
];

/** Every awkward text. */
export const AWKWARD_TEXTS: readonly string[] = [...WORDS.split(' '), ...PHRASES];

/** A ConfigMap with every awkward text as a value. */
export function awkwardConfigMap(ns: string, name: string): TestObject {
  return configMap(ns, name, Object.fromEntries(AWKWARD_TEXTS.map((text, index) => [`word-${String(index).padStart(3, '0')}`, text])));
}

/** Keys of a ConfigMap that are trouble for programs in JavaScript or readers of YAML. */
export function awkwardKeysConfigMap(ns: string, name: string): TestObject {
  return configMap(ns, name, Object.fromEntries(['__proto__', 'constructor', 'toString', 'yes', 'null', '10', '9', '1e3', '0x10', '-', '.hidden', '_', 'true', '2024-01-01'].map((key) => [key, `value of ${key}`])));
}
