// Manifests against what a real API server makes of them: of what was just created nothing differs, a planted change does.
import { expect } from 'chai';
import { compareObjects } from '../../src/diff/compare-objects.js';
import { builtInListKeys } from '../../src/diff/list-keys.js';
import { openApiListKeys } from '../../src/diff/open-api-list-keys.js';
import { Canonicaliser } from '../../src/canon/canonicaliser.js';
import { emit } from '../../src/canon/emitter.js';
import { loadCorePack } from '../../src/canon/pack-files.js';
import { readYaml } from '../../src/canon/reader.js';
import { readManifests } from '../../src/diff/manifests.js';
import { NO_FACTS } from '../../src/model/canonical.js';
import { EVERYTHING } from '../../src/model/filter.js';
import type { ResourceType } from '../../src/model/resource-type.js';
import { parseJson } from '../../src/lib/parse-json.js';
import type { Json, JsonObject } from '../../src/lib/json.js';
import type { ControlPlane } from '../support/control-plane.js';
import { createEveryKind } from '../support/every-kind.js';
import type { TestObject } from '../support/objects.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'diff-manifests';

/** Written as charts write: quantities and ports in any form, empty values that the server leaves out, octal modes, no protocol. */
const AWKWARD = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: awkward
  namespace: ${NS}
  creationTimestamp: null
  labels: {app: awkward, empty: ""}
  annotations: {}
spec:
  replicas: 1.0
  minReadySeconds: 0
  paused: no
  selector: {matchLabels: {app: awkward}}
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}
  template:
    metadata:
      creationTimestamp: null
      labels: {app: awkward}
    spec:
      hostNetwork: false
      hostPID: false
      nodeSelector: {}
      tolerations: []
      imagePullSecrets: null
      serviceAccountName: ""
      automountServiceAccountToken: false
      securityContext: {}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: awkward}}}
      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: awkward}}}
      initContainers:
      - {name: init, image: "registry.example/init:1", args: [], env: [], workingDir: ""}
      containers:
      - name: app
        image: registry.example/app:1
        tty: false
        stdin: false
        ports: [{containerPort: 8080}, {containerPort: 8080, protocol: UDP, hostPort: 0, name: ""}, {containerPort: 9090, name: metrics}]
        env: [{name: EMPTY, value: ""}, {name: A, value: "1"}, {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1000m}}}]
        resources:
          requests: {cpu: 0.5, memory: 1024Mi}
          limits: {cpu: 1000m, memory: "1073741824", ephemeral-storage: 1e9}
        livenessProbe: {httpGet: {path: /, port: 8080}, initialDelaySeconds: 0}
        volumeMounts: [{name: data, mountPath: /a, readOnly: false, subPath: ""}, {name: data, mountPath: /b}]
        securityContext: {privileged: false, readOnlyRootFilesystem: false}
      volumes:
      - {name: data, emptyDir: {}}
      - {name: cache, emptyDir: {sizeLimit: 0.5Gi, medium: ""}}
      - {name: modes, configMap: {name: some, defaultMode: 0644, items: [{key: a, path: a, mode: 0o400}], optional: false}}
---
apiVersion: v1
kind: Service
metadata: {name: awkward, namespace: ${NS}, finalizers: []}
spec:
  clusterIP: ""
  externalName: ""
  publishNotReadyAddresses: false
  selector: {app: awkward}
  ports: [{name: a, port: 443}, {name: b, port: 444, targetPort: 8443, nodePort: 0}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${NS}-awkward}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, apiGroup: "", name: a, namespace: ${NS}}, {kind: User, name: u}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: awkward, namespace: ${NS}}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress: []
  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: awkward, namespace: ${NS}}
spec: {accessModes: [ReadWriteOnce], storageClassName: "", volumeName: "", resources: {requests: {storage: 0.5Gi}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: awkward, namespace: ${NS}}
spec: {hard: {requests.cpu: "1000", limits.memory: 1024Gi, pods: 1k}, scopes: []}
---
apiVersion: v1
kind: LimitRange
metadata: {name: awkward, namespace: ${NS}}
spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 2048Mi}, min: {}}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: awkward, namespace: ${NS}}
spec:
  schedule: "0 0 1 1 *"
  suspend: false
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "registry.example/a:1", command: [], resources: {}}]}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: awkward, namespace: ${NS}}
spec: {maxUnavailable: 50%, selector: {matchLabels: {app: awkward}, matchExpressions: []}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: awkward, namespace: ${NS}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: awkward}
  maxReplicas: 3
  metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "1.50"}}}]
`;

describe('manifests against a real API server', function () {
  this.timeout(240_000);
  let plane: ControlPlane;
  let created: TestObject[];
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    created = await createEveryKind(plane.api, NS);
  });

  const canonicaliser = new Canonicaliser({ packs: [loadCorePack()], filter: EVERYTHING, secrets: 'plain', digestKey: null });

  async function typeOf(reference: TestObject): Promise<ResourceType> {
    const path = await plane.api.pathOf(reference, false);
    const [group = '', version = ''] = reference.apiVersion.includes('/') ? reference.apiVersion.split('/') : ['', reference.apiVersion];
    return { group, version, resource: path.split('/').at(-1) ?? '', kind: reference.kind, namespaced: path.includes('/namespaces/'), watchable: true };
  }

  /** The live object and the manifest without what rules remove; null where a rule skips the object. */
  async function bothSides(manifest: JsonObject): Promise<[JsonObject, JsonObject] | null> {
    const reference = manifest as unknown as TestObject;
    const type = await typeOf(reference);
    const live = canonicaliser.canonicalise(parseJson((await plane.api.request('GET', await plane.api.pathOf(reference))).text) as JsonObject, type, NO_FACTS);
    const wanted = canonicaliser.recanonicalise(emit(manifest), type);
    return live.kind === 'skip' || wanted.kind === 'skip' ? null : [readYaml(live.text), readYaml(wanted.text)];
  }

  async function differences(manifest: JsonObject): Promise<string[]> {
    const { apiVersion, kind } = manifest as unknown as TestObject;
    const group = (await plane.api.request('GET', `/openapi/v3/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`)).json as Json;
    const sides = await bothSides(manifest);
    if (sides === null) return [];
    const [live, wanted] = sides;
    const lists = [builtInListKeys(apiVersion, kind), openApiListKeys(group, apiVersion, kind)];
    const [offline = [], online = []] = lists.map((listKeys) => compareObjects(live, wanted, { listKeys, semantic: true, onlyNamed: true }).map(({ path, before, after }) => `${kind} ${path}: ${JSON.stringify(before)} ${JSON.stringify(after)}`));
    expect(online, 'the server\'s merge keys and the table give the same').to.deep.equal(offline);
    return offline;
  }

  it('have no difference after they were created, whatever the kind is', async () => {
    // stringData is never answered.
    const manifests = created.filter(({ metadata }) => !JSON.stringify(metadata).includes('bootstrap-token'));
    const found: string[] = [];
    for (const manifest of manifests) found.push(...(await differences(JSON.parse(JSON.stringify(manifest)) as JsonObject)));

    expect(found).to.deep.equal([]);
    expect(manifests.length).to.be.greaterThan(50);
  });

  it('have no difference after they were applied as charts write them', async () => {
    const manifests = readManifests('-', { stdin: AWKWARD });
    await plane.kubectl(['apply', '--server-side', '-f', '-'], { stdin: AWKWARD });
    const found: string[] = [];
    for (const { body } of manifests) found.push(...(await differences(body)));

    expect(found).to.deep.equal([]);
  });

  it('show a planted change, and only that', async () => {
    const [{ body } = { body: {} }] = readManifests('-', { stdin: AWKWARD });
    expect(await differences(body)).to.deep.equal([]);
    const planted: [string, string, string][] = [
      ['image: registry.example/app:1', 'image: registry.example/app:2', 'spec.template.spec.containers[app].image'],
      ['memory: 1024Mi', 'memory: 1025Mi', 'spec.template.spec.containers[app].resources.requests.memory'],
      ['automountServiceAccountToken: false', 'automountServiceAccountToken: true', 'spec.template.spec.automountServiceAccountToken'],
      ['defaultMode: 0644', 'defaultMode: 0640', 'spec.template.spec.volumes[modes].configMap.defaultMode'],
      ['path: /, port: 8080', 'path: /, port: 8081', 'spec.template.spec.containers[app].livenessProbe.httpGet.port'],
      ['hostPID: false', 'hostPID: true', 'spec.template.spec.hostPID'],
      ['tolerations: []', 'tolerations: [{operator: Exists}]', 'spec.template.spec.tolerations'],
      ['empty: ""', 'empty: "", more: ""', 'metadata.labels.more'],
    ];
    for (const [from, to, path] of planted) {
      const [changed] = readManifests('-', { stdin: AWKWARD.replace(from, to) });
      expect((await differences(changed?.body ?? {})).map((line) => line.split(/[ :]/)[1]), to).to.deep.equal([path]);
    }
  });
});
