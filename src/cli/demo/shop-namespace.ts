import type { JsonObject } from '../../lib/json.js';
import { configMap, deployment, secret, service } from './building-blocks.js';

const NAMESPACE = 'shop';

/** The web server's configuration: a file of several lines, as most ConfigMaps are. */
export const NGINX_CONF = `server {
  listen 8080;
  server_name shop.example.com;

  # the cart is asked on every page
  location /cart/ {
    proxy_pass http://cart.shop.svc:8080/;
    proxy_read_timeout 30s;
  }

  location / {
    root /srv/www;
    expires 5m;
  }
}
`;

/** The shop itself: what customers see. */
export const SHOP: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { team: 'storefront', 'pod-security.kubernetes.io/enforce': 'restricted' } } },
  configMap(NAMESPACE, 'web-nginx', { 'nginx.conf': NGINX_CONF }),
  configMap(NAMESPACE, 'shop-settings', {
    CURRENCY: 'EUR',
    LOG_LEVEL: 'info',
    'features.yaml': 'giftCards: true\nguestCheckout: "yes"\nmaxCartItems: 0100\n',
  }),
  secret(NAMESPACE, 'cart-database', { username: 'cart', password: 'demo-only-cart-password' }),
  deployment({
    namespace: NAMESPACE, name: 'web', image: 'shop/web:41', replicas: 3, port: 8080,
    volumes: [{ name: 'nginx', configMap: { name: 'web-nginx' } }],
    volumeMounts: [{ name: 'nginx', mountPath: '/etc/nginx/conf.d' }],
  }),
  deployment({
    namespace: NAMESPACE, name: 'cart', image: 'shop/cart:2.0.7', replicas: 2, port: 8080,
    env: [{ name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: 'cart-database', key: 'password' } } }],
  }),
  deployment({ namespace: NAMESPACE, name: 'search', image: 'shop/search:0.9.1', replicas: 2, port: 9200 }),
  service(NAMESPACE, 'web', 'web', [['http', 80, 'http']], { type: 'NodePort' }),
  service(NAMESPACE, 'cart', 'cart', [['http', 8080, 'http']]),
  service(NAMESPACE, 'search', 'search', [['http', 9200, 'http']]),
  {
    apiVersion: 'networking.k8s.io/v1', kind: 'Ingress',
    metadata: { name: 'shop', namespace: NAMESPACE, annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' } },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }] } }],
    },
  },
  {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'search', namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'search' },
      minReplicas: 2, maxReplicas: 8,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
    },
  },
  {
    apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: NAMESPACE },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
  },
  {
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'cart-only-from-web', namespace: NAMESPACE },
    spec: {
      podSelector: { matchLabels: { app: 'cart' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 8080, protocol: 'TCP' }] }],
    },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer', namespace: NAMESPACE },
    rules: [{ apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: ['get', 'list', 'patch', 'update'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'storefront-deploys', namespace: NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'storefront' }],
  },
];
