import { expect } from 'chai';
import { Canonicaliser } from '../../../src/canon/canonicaliser.js';
import { setOwn, type JsonObject } from '../../../src/lib/json.js';
import { NO_FACTS, scaleKey } from '../../../src/model/canonical.js';
import { checking, fileOf, managed, policy, served, skipOf, textOf, TYPES } from './support.js';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the canonical form of', () => {
  describe('a Service', () => {
    const service = (spec: JsonObject, fields: JsonObject): JsonObject =>
      served({ name: 'web', namespace: 'shop', managedFields: managed({ manager: 'helm', fields: { 'f:spec': fields } }) }, { spec, status: { loadBalancer: {} } });
    const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30080 }];
    const portFields = (extra: JsonObject): JsonObject => ({
      'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {}, ...extra } },
      'f:type': {},
    });

    it('moves what the server allocated into comment lines', () => {
      const spec = { type: 'NodePort', clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ports };
      const text = textOf(service(spec, portFields({})), TYPES.service);
      expect(lines(text).slice(0, 5)).to.deep.equal([
        '# kubetape:allocated spec.clusterIP: 10.0.0.7',
        '# kubetape:allocated spec.clusterIPs: ["10.0.0.7"]',
        '# kubetape:allocated spec.ipFamilies: ["IPv4"]',
        '# kubetape:allocated spec.ipFamilyPolicy: SingleStack',
        '# kubetape:allocated spec.ports[0].nodePort: 30080',
      ]);
      expect(text).to.match(/\nspec:\n {2}ports:\n {2}- name: http\n {4}port: 80\n {4}protocol: TCP\n {4}targetPort: 8080\n {2}type: NodePort\n$/);
    });

    it('keeps a nodePort that somebody chose', () => {
      const text = textOf(service({ type: 'NodePort', clusterIP: '10.0.0.7', ports }, portFields({ 'f:nodePort': {} })), TYPES.service);
      expect(text).to.match(/^ {4}nodePort: 30080$/m).and.not.include('allocated spec.ports');
    });

    it('keeps a headless Service headless', () => {
      const text = textOf(service({ clusterIP: 'None', clusterIPs: ['None'], ports: [] }, { 'f:type': {} }), TYPES.service);
      expect(text).to.match(/^ {2}clusterIP: None$/m).and.include('clusterIPs:').and.include('ports: []');
    });

    it('keeps everything when the server does not say who set what', () => {
      const object = service({ clusterIP: '10.0.0.7', ports }, {});
      delete (object['metadata'] as JsonObject)['managedFields'];
      expect(textOf(object, TYPES.service)).to.include('nodePort: 30080').and.include('  clusterIP: "10.0.0.7"').and.not.include('# kubetape:allocated');
      const early = served({ name: 'web', namespace: 'shop', managedFields: managed({ manager: 'before-first-apply', fields: { 'f:spec': {} } }) }, { spec: { clusterIP: '10.0.0.7' } });
      expect(textOf(early, TYPES.service)).to.include('  clusterIP: "10.0.0.7"');
    });
  });

  describe('a claim and its volume', () => {
    const claim = (manager: string): JsonObject =>
      served(
        {
          name: 'data-db-0', namespace: 'shop', finalizers: ['kubernetes.io/pvc-protection'],
          annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' },
          managedFields: managed({ manager, fields: { 'f:spec': { 'f:volumeName': {} } } }),
        },
        { spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', volumeName: 'pvc-1' }, status: { phase: 'Bound' } },
      );

    it('takes the volume that the controller bound out of the claim, and nothing that would make it Lost stays', () => {
      const text = textOf(claim('kube-controller-manager'), TYPES.pvc);
      expect(text).to.include('# kubetape:allocated spec.volumeName: pvc-1').and.include('volumeMode: Filesystem');
      expect(text).not.to.match(/bind-completed|annotations|finalizers|^ {2}volumeName|status/m);
    });

    it('keeps the volume that a person named', () => {
      expect(textOf(claim('kubectl'), TYPES.pvc)).to.match(/^ {2}volumeName: pvc-1$/m);
    });

    it('keeps the name of the claim in the volume, not its uid', () => {
      const volume = served({ name: 'pvc-1' }, { spec: { claimRef: { kind: 'PersistentVolumeClaim', name: 'data-db-0', namespace: 'shop', uid: 'u', resourceVersion: '4' } } });
      const text = textOf(volume, TYPES.pv);
      expect(text).to.include('name: data-db-0').and.not.match(/uid|resourceVersion/);
    });
  });

  describe('a workload', () => {
    const deployment = served(
      { name: 'web', namespace: 'shop', annotations: { 'deployment.kubernetes.io/revision': '4', 'kubernetes.io/change-cause': 'new image' } },
      { spec: { replicas: 3, template: { metadata: { creationTimestamp: null, labels: { app: 'web' } }, spec: { containers: [{ name: 'b' }, { name: 'a' }], volumes: [{ name: 't', emptyDir: {} }] } } } },
    );

    it('keeps replicas unless something scales it', () => {
      expect(textOf(deployment, TYPES.deployment)).to.include('replicas: 3');
      const facts = { scaled: new Set([scaleKey('apps', 'Deployment', 'shop', 'web')]) };
      expect(textOf(deployment, TYPES.deployment, facts)).not.to.include('replicas');
    });

    it('keeps order, empty values and what people wrote, and loses revisions and timestamps', () => {
      const text = textOf(deployment, TYPES.deployment);
      expect(text).to.include('- name: b\n      - name: a').and.include('emptyDir: {}').and.include('kubernetes.io/change-cause: new image');
      expect(text).not.to.match(/revision|creationTimestamp|generation/);
    });

    it('names the owner in a comment line', () => {
      const owner = { apiVersion: 'example.org/v1', kind: 'Shop', name: 'main', uid: 'u', controller: true, blockOwnerDeletion: true };
      const text = textOf(served({ name: 'web', namespace: 'shop', ownerReferences: [owner] }), TYPES.deployment);
      expect(text).to.match(/^# kubetape:owner example\.org\/v1 Shop\/main controller block\n/).and.not.include('ownerReferences');
    });

    it('names the manager that applies it', () => {
      const own = (keys: string[]): JsonObject => ({ 'f:spec': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])), 'f:status': { 'f:a': {}, 'f:b': {}, 'f:c': {} } });
      const managedFields = managed({ manager: 'flux', operation: 'Apply', fields: own(['replicas']) }, { manager: 'helm', operation: 'Apply', fields: own(['replicas', 'paused']) }, { manager: 'kubectl', fields: own(['replicas', 'paused', 'x']) });
      const text = textOf(served({ name: 'web', namespace: 'shop', managedFields }, { spec: { replicas: 1, paused: true } }), TYPES.deployment);
      expect(lines(text)[0]).to.equal('# kubetape:applier helm');
      const early = managed({ manager: 'before-first-apply', fields: own(['paused']) }, { manager: 'my tool', operation: 'Apply', fields: own(['replicas']) });
      expect(lines(textOf(served({ name: 'web', namespace: 'shop', managedFields: early }, { spec: { replicas: 1 } }), TYPES.deployment))[0]).to.equal('# kubetape:applier my%20tool');
    });
  });

  it('a Job loses what defaulting generated and keeps what a person wrote', () => {
    const labels = { 'controller-uid': 'f3c1', 'job-name': 'load', 'batch.kubernetes.io/controller-uid': 'f3c1', 'batch.kubernetes.io/job-name': 'load' };
    const job = served({ name: 'load', namespace: 'shop', labels: { ...labels, team: 'a' } }, { spec: { selector: { matchLabels: { 'controller-uid': 'f3c1' } }, template: { metadata: { labels }, spec: { restartPolicy: 'Never' } } } });
    const text = textOf(job, TYPES.job);
    expect(text).to.include('labels:\n    team: a').and.include('template:\n    spec:\n').and.not.match(/controller-uid|job-name|selector/);
    const own = served({ name: 'load', namespace: 'shop', labels: { 'job-name': 'mine' } }, { spec: {} });
    expect(textOf(own, TYPES.job)).to.include('job-name: mine');
    const manual = served({ name: 'load', namespace: 'shop' }, { spec: { manualSelector: true, selector: { matchLabels: { a: 'b' } } } });
    expect(textOf(manual, TYPES.job)).to.include('matchLabels');
  });

  it('a ServiceAccount loses generated tokens only, and the list only when nothing is left', () => {
    const account = (secrets: JsonObject[]): JsonObject => served({ name: 'ci.bot', namespace: 'shop' }, { secrets, imagePullSecrets: [{ name: 'z' }, { name: 'a' }] });
    const text = textOf(account([{ name: 'ci.bot-token-abc12' }, { name: 'mine' }, { name: 'ciXbot-token-abc12' }]), TYPES.serviceAccount);
    expect(text).to.include('secrets:\n- name: ciXbot-token-abc12\n- name: mine\n').and.include('imagePullSecrets:\n- name: a\n- name: z\n');
    expect(textOf(account([{ name: 'ci.bot-token-abc12' }]), TYPES.serviceAccount)).not.to.match(/^secrets/m);
    expect(textOf(account([]), TYPES.serviceAccount)).to.include('secrets: []');
  });

  it('an aggregated ClusterRole keeps its rule of aggregation, any other its rules', () => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    expect(textOf(served({ name: 'a' }, { aggregationRule: { clusterRoleSelectors: [] }, rules }), TYPES.clusterRole)).to.not.match(/^rules/m);
    expect(textOf(served({ name: 'b' }, { rules }), TYPES.clusterRole)).to.match(/^rules:\n- apiGroups:/m);
  });

  describe('a webhook configuration', () => {
    const fields = (...names: string[]): JsonObject => ({ 'f:webhooks': { 'k:{"name":"a.b.c"}': { 'f:clientConfig': { 'f:url': {}, ...(names.includes('ca') ? { 'f:caBundle': {} } : {}) }, ...(names.includes('rules') ? { 'f:rules': {} } : {}) } } });
    const webhook = (metadata: JsonObject): JsonObject => served({ name: 'guard', ...metadata }, { webhooks: [{ name: 'a.b.c', clientConfig: { caBundle: 'Q0E=', url: 'https://x' }, rules: [{ operations: ['*'] }] }] });

    it('loses a certificate that another manager injected', () => {
      const managedFields = managed({ manager: 'helm', fields: fields('rules') }, { manager: 'cainjector', fields: fields('ca') });
      expect(textOf(webhook({ managedFields }), TYPES.webhook)).not.to.include('caBundle');
    });

    it('keeps the certificate that came with its rules', () => {
      expect(textOf(webhook({ managedFields: managed({ manager: 'helm', fields: fields('rules', 'ca') }) }), TYPES.webhook)).to.match(/caBundle: "?Q0E=/);
    });

    it('loses the certificate where an annotation asks for injection', () => {
      expect(textOf(webhook({ annotations: { 'cert-manager.io/inject-ca-from': 'a/b' } }), TYPES.webhook)).not.to.include('caBundle');
    });
  });

  it('a Pod loses what scheduling and admission added', () => {
    const volume = { name: 'kube-api-access-abc12', projected: {} };
    const toleration = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
    const pod = served({ name: 'lone', namespace: 'shop' }, {
      spec: {
        nodeName: 'n1', priority: 0, serviceAccount: 'default', serviceAccountName: 'default', volumes: [volume], tolerations: [toleration, { key: 'mine', operator: 'Exists' }],
        containers: [{ name: 'a', volumeMounts: [{ name: 'kube-api-access-abc12', mountPath: '/v' }] }, { name: 'b', volumeMounts: [] }],
      },
      status: { phase: 'Running' },
    });
    const text = textOf(pod, TYPES.pod);
    expect(text).to.include('- name: a\n  - name: b\n    volumeMounts: []\n').and.include('tolerations:\n  - key: mine').and.include('serviceAccountName');
    expect(text).not.to.match(/nodeName|priority|not-ready|kube-api-access|serviceAccount: /);
  });

  it('a Namespace is its labels and annotations', () => {
    const namespace = served({ name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } }, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    expect(textOf(namespace, TYPES.namespace)).to.equal('apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n');
    const held = served({ name: 'shop' }, { spec: { finalizers: ['kubernetes', 'example.org/hold'] } });
    expect(textOf(held, TYPES.namespace)).to.include('example.org/hold');
  });

  it('a Node does not move with its heartbeat, its lifecycle taints and its addresses', () => {
    const node = (taints: JsonObject[], ttl: string): JsonObject =>
      served({ name: 'n1', annotations: { 'node.alpha.kubernetes.io/ttl': ttl, 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }, labels: { zone: 'a' } }, {
        spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'], providerID: 'aws:///i-1', ...(taints.length > 0 ? { taints } : {}) }, status: { conditions: [{ lastHeartbeatTime: ttl }] },
      });
    const quiet = textOf(node([], '0'), TYPES.node);
    expect(textOf(node([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }], '15'), TYPES.node)).to.equal(quiet);
    expect(quiet).to.equal('# kubetape:allocated spec.podCIDR: 10.1.0.0/24\n# kubetape:allocated spec.podCIDRs: ["10.1.0.0/24"]\n# kubetape:allocated spec.providerID: "aws:///i-1"\napiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n  labels:\n    zone: a\n');
    const mine = textOf(node([{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }, { key: 'gpu', effect: 'NoSchedule' }], '0'), TYPES.node);
    expect(mine).to.include('out-of-service').and.include('key: gpu');
  });

  it('a ConfigMap keeps every key, whatever it is called', () => {
    const data: JsonObject = { 10: 'ten', 2: 'two', b: 'letter', constructor: 'c', hasOwnProperty: 'h' };
    setOwn(data, '__proto__', 'p');
    const text = textOf(served({ name: 'odd', namespace: 'shop' }, { data }), TYPES.configMap);
    expect(lines(text).slice(-7)).to.deep.equal(['data:', '  "10": ten', '  "2": two', '  __proto__: p', '  b: letter', '  constructor: c', '  hasOwnProperty: h']);
  });

  it('an object of any kind keeps what is empty and loses only what rules emptied', () => {
    const widget = served({ name: 'w', namespace: 'shop', annotations: {}, labels: { 'kcp.io/cluster': 'x' }, finalizers: ['foregroundDeletion'] }, { spec: {}, list: [], note: null, status: { ready: true } });
    const text = textOf(widget, TYPES.widget);
    expect(text).to.include('annotations: {}').and.include('spec: {}').and.include('list: []').and.include('note: null').and.include('kcp.io/cluster');
    expect(text).not.to.match(/finalizers|status|uid/);
  });
});

describe('Canonicaliser', () => {
  it('says that an object is being deleted, and sorts the finalizers that hold it', () => {
    const object = served({ name: 'w', namespace: 'shop', deletionTimestamp: '2026-11-20T10:00:00Z', deletionGracePeriodSeconds: 0, finalizers: ['z/z', 'a/a'] });
    const file = fileOf(checking().canonicalise(object, TYPES.widget, NO_FACTS));
    expect(file.terminating).to.equal(true);
    expect(file.text).to.include('finalizers:\n  - a/a\n  - z/z').and.not.include('deletion');
    expect(file).to.deep.include({ path: 'namespaces/shop/widgets.example.org/w.yaml', id: { group: 'example.org', resource: 'widgets', namespace: 'shop', name: 'w' } });
  });

  it('skips what a controller rebuilds exactly, and mirrors what else is controlled', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: 'u', controller: true }];
    expect(skipOf(served({ name: 'x-1', namespace: 'shop', ownerReferences }), TYPES.pod)).to.equal('core/skip-controlled');
    expect(skipOf(served({ name: 'x', namespace: 'shop', ownerReferences }), TYPES.secret)).to.equal(null);
    expect(skipOf(served({ name: 'done', namespace: 'shop' }, { status: { phase: 'Succeeded' } }), TYPES.pod)).to.equal(null);
    expect(skipOf(served({ name: 'kube-root-ca.crt', namespace: 'shop' }), TYPES.configMap)).to.equal('core/skip-root-ca');
    const lock = served({ name: 'lock', namespace: 'shop', annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } });
    expect(skipOf(lock, TYPES.configMap)).to.equal('core/skip-leader-lock');
    expect(skipOf({ ...lock, data: { a: 'b' } }, TYPES.configMap)).to.equal(null);
    const token = served({ name: 'ci-token-abc12', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'ci' } }, { type: 'kubernetes.io/service-account-token' });
    expect(skipOf(token, TYPES.secret)).to.equal('core/skip-legacy-sa-tokens');
  });

  it('knows the types that need not be listed, and the rules that may skip objects of a type', () => {
    const canonicaliser = checking({ filter: { include: [], exclude: [{ types: ['widgets.*'] }, { namespaces: ['kube-*'] }] } });
    expect(canonicaliser.typeSkip(TYPES.lease)).to.equal('core/skip-leases');
    expect(canonicaliser.typeSkip(TYPES.widget)).to.equal('filter/exclude');
    expect(canonicaliser.typeSkip(TYPES.configMap)).to.equal(null);
    expect(canonicaliser.skipRules(TYPES.node)).to.deep.equal([]);
    expect(canonicaliser.skipRules(TYPES.deployment)).to.deep.equal(['filter/exclude']);
    expect(canonicaliser.skipRules(TYPES.pod)).to.deep.equal(['core/skip-controlled', 'core/skip-mirror-pods', 'filter/exclude']);
    expect(checking({ secrets: 'skip' }).typeSkip(TYPES.secret)).to.equal('kubetape/secrets-skip');
  });

  it('refuses what is no object of the type, and names it', () => {
    const canonicaliser = checking();
    expect(() => canonicaliser.canonicalise({ metadata: {} }, TYPES.widget, NO_FACTS)).to.throw('An object of widgets.example.org has no metadata.name').with.property('code', 'MALFORMED');
    expect(() => canonicaliser.canonicalise({ metadata: 7 }, TYPES.node, NO_FACTS)).to.throw('nodes').with.property('code', 'MALFORMED');
    expect(() => canonicaliser.canonicalise({ metadata: { name: 'w' } }, TYPES.widget, NO_FACTS)).to.throw('widgets.example.org/w has no metadata.namespace').with.property('code', 'MALFORMED');
  });

  it('explains every removed leaf and leaves the object as it is', () => {
    const object = served({ name: 'n1', labels: { a: 'b' } }, { spec: { podCIDRs: ['10.1.0.0/24'], unschedulable: true }, status: { phase: 'x' } });
    const before = structuredClone(object);
    const { removed } = checking().explain(object, TYPES.node, NO_FACTS);
    expect(object).to.deep.equal(before);
    expect(removed.map(({ path, rule, class: why }) => `${path} ${rule} ${why}`).sort()).to.deep.equal([
      'metadata.creationTimestamp core/metadata server', 'metadata.generation core/metadata server', 'metadata.resourceVersion core/metadata server',
      'metadata.uid core/metadata server', 'spec.podCIDRs[0] core/node-allocated allocated', 'status.phase core/metadata server',
    ]);
    expect(checking().explain(served({ name: 'l', namespace: 'a' }), TYPES.lease, NO_FACTS)).to.deep.equal({ removed: [], skip: 'core/skip-leases' });
  });

  it('has another rules hash when rules, filter or the mode of Secrets change, and only then', () => {
    const hash = (changes: Parameters<typeof policy>[0]): string => new Canonicaliser(policy(changes)).rulesHash;
    const plain = hash({});
    expect(plain).to.match(/^[0-9a-f]{16}$/).and.equal(hash({ digestKey: new Uint8Array(32) }));
    const others = [hash({ secrets: 'plain' }), hash({ filter: { include: [], exclude: [{ names: ['x'] }] } }), hash({ pack: 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\n' })];
    expect(new Set([plain, ...others]).size).to.equal(4);
  });

  it('makes a file anew from the tree alone: new rules apply, comment lines stay', () => {
    const ownerReferences = [{ apiVersion: 'example.org/v1', kind: 'Shop', name: 'main', uid: 'u', controller: true }];
    const object = served({ name: 'web', namespace: 'shop', ownerReferences, managedFields: managed({ manager: 'kubectl', fields: { 'f:spec': { 'f:type': {} } } }) }, { spec: { clusterIP: '10.0.0.7', type: 'ClusterIP' } });
    const old = textOf(object, TYPES.service);
    expect(fileOf(checking().recanonicalise(old, TYPES.service)).text).to.equal(old);
    const pack = (action: string): string => `apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n- {id: ours/x, class: noise, match: {resources: [services], ownedBy: {kinds: [Shop]}}, ${action}}\n`;
    expect(fileOf(checking({ pack: pack('drop: [spec.type]') }).recanonicalise(old, TYPES.service)).text).to.equal(old.replace('spec:\n  type: ClusterIP\n', 'spec: {}\n'));
    expect(checking({ pack: pack('skip: true') }).recanonicalise(old, TYPES.service)).to.deep.include({ kind: 'skip', rule: 'ours/x', path: 'namespaces/shop/services/web.yaml' });
    expect(checking().identityOf(old, TYPES.service)).to.deep.equal({ group: '', resource: 'services', namespace: 'shop', name: 'web' });
  });
});
