import { isObject, type JsonObject } from '../lib/json.js';
import { at, ensureObject, listAt, objectAt, setDefault, textAt } from './json-values.js';

/**
 * Fills in what the real server's defaulting fills in for the kinds that the stand-in knows well. As there, defaults
 * come before the field manager runs, so the writer owns them.
 */
export function applyDefaults(object: JsonObject): void {
  const fill = DEFAULTS[textAt(object, 'kind')];
  if (fill !== undefined) fill(object);
}

const DEFAULTS: Readonly<Record<string, (object: JsonObject) => void>> = {
  Namespace: (object) => {
    setDefault(ensureObject(object, 'spec'), 'finalizers', ['kubernetes']);
    setDefault(ensureObject(ensureObject(object, 'metadata'), 'labels'), 'kubernetes.io/metadata.name', textAt(object, 'metadata', 'name'));
    object['status'] = { phase: 'Active' };
  },
  Secret: (object) => {
    setDefault(object, 'type', 'Opaque');
    const data = ensureObject(object, 'data');
    for (const [key, value] of Object.entries(objectAt(object, 'stringData'))) {
      data[key] = Buffer.from(typeof value === 'string' ? value : '').toString('base64');
    }
    delete object['stringData'];
  },
  Service: serviceDefaults,
  Deployment: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'replicas', 1);
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'progressDeadlineSeconds', 600);
    setDefault(spec, 'strategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } });
    templateDefaults(spec);
  },
  StatefulSet: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'replicas', 1);
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'podManagementPolicy', 'OrderedReady');
    setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
    templateDefaults(spec);
  },
  DaemonSet: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'updateStrategy', { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    templateDefaults(spec);
  },
  CronJob: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'suspend', false);
    setDefault(spec, 'concurrencyPolicy', 'Allow');
    setDefault(spec, 'successfulJobsHistoryLimit', 3);
    setDefault(spec, 'failedJobsHistoryLimit', 1);
  },
  PersistentVolumeClaim: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'storageClassName', 'standard');
    setDefault(spec, 'volumeMode', 'Filesystem');
    object['status'] = { phase: 'Pending' };
  },
  CustomResourceDefinition: (object) => {
    const spec = ensureObject(object, 'spec');
    setDefault(spec, 'conversion', { strategy: 'None' });
    const names = ensureObject(spec, 'names');
    setDefault(names, 'singular', textAt(names, 'kind').toLowerCase());
    setDefault(names, 'listKind', `${textAt(names, 'kind')}List`);
  },
};

function serviceDefaults(object: JsonObject): void {
  const spec = ensureObject(object, 'spec');
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] !== 'ClusterIP') setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  for (const port of listAt(spec, 'ports')) {
    if (!isObject(port)) continue;
    setDefault(port, 'protocol', 'TCP');
    const number = at(port, 'port');
    if (number !== undefined) setDefault(port, 'targetPort', number);
  }
}

function templateDefaults(spec: JsonObject): void {
  const template = ensureObject(spec, 'template');
  ensureObject(template, 'metadata');
  const pod = ensureObject(template, 'spec');
  setDefault(pod, 'restartPolicy', 'Always');
  setDefault(pod, 'terminationGracePeriodSeconds', 30);
  setDefault(pod, 'dnsPolicy', 'ClusterFirst');
  setDefault(pod, 'schedulerName', 'default-scheduler');
  setDefault(pod, 'securityContext', {});
  for (const container of listAt(pod, 'containers')) {
    if (!isObject(container)) continue;
    setDefault(container, 'imagePullPolicy', textAt(container, 'image').endsWith(':latest') ? 'Always' : 'IfNotPresent');
    setDefault(container, 'resources', {});
    setDefault(container, 'terminationMessagePath', '/dev/termination-log');
    setDefault(container, 'terminationMessagePolicy', 'File');
    for (const port of listAt(container, 'ports')) if (isObject(port)) setDefault(port, 'protocol', 'TCP');
  }
}
