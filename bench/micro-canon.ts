// Microseconds an object for parse, scan, emit and read, beside the engine's JSON and js-yaml, in one run:
//   node --import tsx bench/micro-canon.ts
import { dump, load } from 'js-yaml';
import { emit } from '../src/canon/emitter.js';
import { readYaml } from '../src/canon/reader.js';
import type { JsonObject } from '../src/lib/json.js';
import { parseJson, parseJsonItems, stringifyJson } from '../src/lib/parse-json.js';
import { treePath } from '../src/model/tree-path.js';

const ROUNDS = 7;
const MILLISECONDS = 120;

interface Sample {
  readonly name: string;
  readonly object: JsonObject;
}

const managedFields = (paths: readonly string[]) => [
  {
    manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'v1', time: '2026-11-20T14:00:00Z', fieldsType: 'FieldsV1',
    fieldsV1: Object.fromEntries(paths.map((path) => [`f:${path}`, { '.': {}, 'f:value': {}, 'f:other': {} }])),
  },
];

function configMap(): Sample {
  const data = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`setting-${i}.properties`, `value ${i}: something of medium length\n`.repeat(i % 3 === 0 ? 1 : 0) || `http://service-${i}:8080/path`]));
  return {
    name: 'ConfigMap',
    object: {
      kind: 'ConfigMap', apiVersion: 'v1',
      metadata: {
        name: 'settings-17', namespace: 'shop', uid: '0b1d4d1e-9ae8-4d4e-8b77-2f1d4f6a4c11', resourceVersion: '184467', creationTimestamp: '2026-11-20T13:00:00Z',
        labels: { app: 'shop', 'app.kubernetes.io/name': 'settings', tier: 'backend' }, annotations: { 'example.com/owner': 'team-a' },
        managedFields: managedFields(['data', 'metadata']),
      },
      data,
    },
  };
}

function deployment(): Sample {
  const container = (name: string) => ({
    name, image: `registry.example.com/shop/${name}:1.25.3`, imagePullPolicy: 'IfNotPresent', args: ['--port=8080', '--verbose', '-c'],
    env: [{ name: 'LOG_LEVEL', value: 'info' }, { name: 'RETRIES', value: '3' }, { name: 'POD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }], resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: { httpGet: { path: '/livez', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config', readOnly: true }], terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File',
  });
  return {
    name: 'Deployment',
    object: {
      apiVersion: 'apps/v1', kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { 'deployment.kubernetes.io/revision': '3' }, generation: 4, uid: '5d9a6c0e-2b4d-4a43-8f6b-0d2e8b4f7c55' },
      spec: {
        replicas: 3, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [container('web'), container('sidecar')], dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler',
            securityContext: {}, terminationGracePeriodSeconds: 30, volumes: [{ name: 'config', configMap: { name: 'settings', defaultMode: 420 } }],
          },
        },
      },
    },
  };
}

/** The median of several rounds, in µs. */
function measure(work: () => unknown): number {
  let count = 1;
  for (let spent = 0; spent < MILLISECONDS / 4; count *= 2) spent = timed(work, count);
  const rounds = Array.from({ length: ROUNDS }, () => (timed(work, count) / count) * 1000).sort((a, b) => a - b);
  return rounds[ROUNDS >> 1] ?? 0;
}

function timed(work: () => unknown, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) sink = work();
  return performance.now() - start;
}

let sink: unknown;

for (const { name, object } of [configMap(), deployment()]) {
  // A copy out of a parser, as objects come from the server.
  const json = JSON.stringify(object);
  const risky = json.replace(/}$/, ',"exact":9007199254740993}');
  const parsed = parseJson(json) as JsonObject;
  const yaml = emit(parsed);
  const batch = Buffer.from(Array.from({ length: 200 }, () => json).join(','));
  const rows: readonly (readonly [string, number])[] = [
    ['JSON.parse', measure(() => JSON.parse(json) as unknown)],
    ['parseJson (scan + JSON.parse)', measure(() => parseJson(json))],
    ['parseJson with an int64 (own tokenizer)', measure(() => parseJson(risky))],
    ['parseJsonItems, 200 a batch, from UTF-8', measure(() => parseJsonItems(batch)) / 200],
    ['JSON.parse of the same batch', measure(() => JSON.parse(`[${batch.toString('utf8')}]`) as unknown) / 200],
    ['JSON.stringify', measure(() => JSON.stringify(parsed))],
    ['stringifyJson', measure(() => stringifyJson(parsed))],
    ['emit', measure(() => emit(parsed))],
    ['emit + Buffer.from', measure(() => Buffer.from(emit(parsed)))],
    ['js-yaml dump', measure(() => dump(parsed, { sortKeys: true, noRefs: true, lineWidth: -1 }))],
    ['readYaml', measure(() => readYaml(yaml))],
    ['js-yaml load', measure(() => load(yaml))],
  ];
  process.stdout.write(`\n${name}: ${json.length} B of JSON, ${Buffer.byteLength(yaml)} B of YAML\n`);
  for (const [what, micros] of rows) process.stdout.write(`  ${what.padEnd(42)} ${micros.toFixed(2).padStart(8)} µs\n`);
}
const id = { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web-frontend-7f9c' };
process.stdout.write(`\ntreePath ${measure(() => treePath(id)).toFixed(3)} µs\n`);
if (sink === null) process.exitCode = 70;
