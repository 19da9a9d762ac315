import type { JsonObject } from '../../lib/json.js';
import type { StandInApi } from '../../standin/api.js';
import { definition } from './building-blocks.js';
import { NGINX_CONF } from './shop-namespace.js';

/** One thing that happens to the cluster on the demo's day. */
export interface Scene {
  readonly title: string;
  /** What a person would have typed. */
  readonly command: string;
  /** What to look for. */
  readonly say: string;
  /** Files whose content changes, appears or goes because of it, and no other. */
  readonly paths: readonly string[];
  act(cluster: StandInApi): Promise<void>;
}

/** The file whose change the demo shows as a diff, and the one that is deleted by mistake. */
export const DIFF_PATH = 'namespaces/shop/configmaps/web-nginx.yaml';
export const DELETED_PATH = 'namespaces/shop/services/web.yaml';

export const SCENES: readonly Scene[] = [
  {
    title: 'A new image is deployed',
    command: 'kubectl -n shop set image deployment/web web=shop/web:42',
    say: 'The cluster makes a new ReplicaSet, replaces three Pods and writes status again and again. One file changes: the Deployment that somebody wrote.',
    paths: ['namespaces/shop/deployments.apps/web.yaml'],
    async act(cluster) {
      const web = cluster.read('deployments.apps', 'shop', 'web') ?? {};
      cluster.update(withImage(web, 'shop/web:42'), { manager: 'kubectl-set' });
    },
  },
  {
    title: 'Somebody scales by hand',
    command: 'kubectl -n shop scale deployment/cart --replicas=5',
    say: 'No file in any repository says this, and tomorrow nobody remembers. (search has an autoscaler: its replicas are the autoscaler\'s, so they are not recorded.)',
    paths: ['namespaces/shop/deployments.apps/cart.yaml'],
    async act(cluster) {
      cluster.patchMerge('deployments.apps', 'shop', 'cart', { spec: { replicas: 5 } }, { manager: 'kubectl', subresource: 'scale' });
    },
  },
  {
    title: 'A ConfigMap is edited',
    command: 'kubectl -n shop edit configmap web-nginx',
    say: 'Two lines of a file inside a ConfigMap. It is kept as text of several lines, so the change reads as what it is; the diff is below.',
    paths: [DIFF_PATH],
    async act(cluster) {
      const edited = NGINX_CONF.replace('proxy_read_timeout 30s', 'proxy_read_timeout 3s').replace('expires 5m', 'expires 24h');
      cluster.patchMerge('configmaps', 'shop', 'web-nginx', { data: { 'nginx.conf': edited } }, { manager: 'kubectl-edit' });
    },
  },
  {
    title: 'A new type appears, with objects',
    command: 'kubectl apply -f feature-flags/',
    say: 'A CustomResourceDefinition that nobody told kubetape about. Its objects are mirrored as soon as the type is served.',
    paths: [
      'cluster/customresourcedefinitions.apiextensions.k8s.io/featureflags.flags.example.com.yaml',
      'namespaces/shop/featureflags.flags.example.com/gift-cards.yaml',
      'namespaces/shop/featureflags.flags.example.com/new-checkout.yaml',
    ],
    async act(cluster) {
      cluster.create(definition('flags.example.com', 'featureflags', 'FeatureFlag', 'ff', { enabled: { type: 'boolean' }, share: { type: 'string' } }));
      cluster.create(featureFlag('gift-cards', { enabled: true, share: '100%' }));
      cluster.create(featureFlag('new-checkout', { enabled: false, share: '5%' }));
    },
  },
  {
    title: 'A Secret is rotated',
    command: 'kubectl -n payments edit secret psp-credentials',
    say: 'The repository shows that api-key changed and webhook-secret did not. It holds a keyed digest of each value and no value.',
    paths: ['namespaces/payments/secrets/psp-credentials.yaml'],
    async act(cluster) {
      cluster.patchMerge('secrets', 'payments', 'psp-credentials', { data: { 'api-key': Buffer.from('demo-only-second-key').toString('base64') } }, { manager: 'kubectl-edit' });
    },
  },
  {
    title: 'The wrong Service is deleted',
    command: 'kubectl -n shop delete service web',
    say: 'An accident. The file leaves the tree; the commit before still has it, its node port noted, in a form that kubectl applies.',
    paths: [DELETED_PATH],
    async act(cluster) {
      cluster.remove('services', 'shop', 'web');
    },
  },
];

function featureFlag(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'flags.example.com/v1', kind: 'FeatureFlag', metadata: { name, namespace: 'shop' }, spec };
}

function withImage(deployment: JsonObject, image: string): JsonObject {
  const spec = deployment['spec'] as JsonObject;
  const template = spec['template'] as JsonObject;
  const pod = template['spec'] as JsonObject;
  const containers = (pod['containers'] as JsonObject[]).map((container) => ({ ...container, image }));
  return { ...deployment, spec: { ...spec, template: { ...template, spec: { ...pod, containers } } } };
}
