import { expect } from 'chai';
import { Canonicaliser } from '../../../../src/canon/canonicaliser.js';
import { installApplication } from '../../../../src/cli/demo/application.js';
import { DELETED_PATH, DIFF_PATH, SCENES } from '../../../../src/cli/demo/scenes.js';
import { isObject } from '../../../../src/lib/json.js';
import { parseJson } from '../../../../src/lib/parse-json.js';
import { scaleKey } from '../../../../src/model/canonical.js';
import { heartbeat } from '../../../../src/standin/heartbeat.js';
import { StandInCluster } from '../../../../src/standin/stand-in-cluster.js';
import { testPolicy } from '../../../support/mirror-run.js';

const FACTS = { scaled: new Set([scaleKey('apps', 'Deployment', 'shop', 'search')]) };

describe('demo: the scripted day', () => {
  let cluster: StandInCluster;
  let canonicaliser: Canonicaliser;
  beforeEach(() => {
    canonicaliser = new Canonicaliser(testPolicy());
    cluster = new StandInCluster();
    installApplication(cluster);
  });

  it('changes in each scene the files that the scene names, and no other', async () => {
    let before = await tree();
    for (const scene of SCENES) {
      await scene.act(cluster);
      heartbeat(cluster, new Date());
      const after = await tree();
      const changed = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
      expect(changed, scene.title).to.have.members(scene.paths);
      before = after;
    }
  });

  it('shows what each scene says', async () => {
    const seen = new Map<string, { before: ReadonlyMap<string, string>; after: ReadonlyMap<string, string> }>();
    for (const scene of SCENES) {
      const before = await tree();
      await scene.act(cluster);
      seen.set(scene.title, { before, after: await tree() });
    }
    const text = (title: string, path: string): string | undefined => seen.get(title)?.after.get(path);
    expect(text('A new image is deployed', 'namespaces/shop/deployments.apps/web.yaml')).to.contain('shop/web:42');
    expect(text('Somebody scales by hand', 'namespaces/shop/deployments.apps/cart.yaml')).to.contain('replicas: 5');
    expect(text('Somebody scales by hand', 'namespaces/shop/deployments.apps/search.yaml')).to.not.contain('replicas:');
    expect(text('A ConfigMap is edited', DIFF_PATH)).to.contain('proxy_read_timeout 3s;\n').and.contain('expires 24h;\n');
    expect(text('A new type appears, with objects', 'namespaces/shop/featureflags.flags.example.com/new-checkout.yaml')).to.contain('kind: FeatureFlag');
    const deleted = seen.get('The wrong Service is deleted');
    expect(deleted?.before.get(DELETED_PATH)).to.match(/^# kubetape:allocated .*nodePort/m);
    expect(deleted?.after.has(DELETED_PATH)).to.equal(false);
  });

  it('tells of a rotated Secret which key changed, and no value of any Secret ever', async () => {
    const path = 'namespaces/payments/secrets/psp-credentials.yaml';
    const digests = async (): Promise<string[]> => ((await tree()).get(path) ?? '').split('\n').filter((line) => line.startsWith('# kubetape:digest'));
    const before = await digests();
    for (const scene of SCENES) await scene.act(cluster);
    const after = await digests();
    expect(before).to.have.length(2);
    expect(after.filter((line) => !before.includes(line))).to.have.length(1).and.to.satisfy(([line]: string[]) => line?.includes('api-key'));
    const everything = [...(await tree()).values()].join('\n');
    for (const value of ['demo-only-first-key', 'demo-only-second-key', 'demo-only-cart-password', 'demo-only-webhook-secret']) {
      expect(everything).to.not.contain(value).and.not.contain(Buffer.from(value).toString('base64'));
    }
  });

  it('keeps the int64 of a custom object digit by digit', async () => {
    expect((await tree()).get('namespaces/payments/backups.example.com/ledger-nightly.yaml')).to.contain('maxBytes: 9007199254740993');
  });

  it('has the believable application that it is told of', async () => {
    const paths = [...(await tree()).keys()];
    for (const folder of ['deployments.apps', 'services', 'ingresses.networking.k8s.io', 'configmaps', 'secrets', 'roles.rbac.authorization.k8s.io', 'horizontalpodautoscalers.autoscaling', 'networkpolicies.networking.k8s.io', 'poddisruptionbudgets.policy', 'backups.example.com']) {
      expect(paths.some((path) => path.startsWith(`namespaces/shop/${folder}/`)), folder).to.equal(true);
    }
    expect(paths).to.include.members(['namespaces/payments/persistentvolumeclaims/ledger-data.yaml', 'namespaces/payments/statefulsets.apps/ledger.yaml', 'namespaces/monitoring/daemonsets.apps/node-exporter.yaml']);
    expect((await tree()).get('namespaces/payments/services/ledger.yaml')).to.contain('clusterIP: None');
  });

  /** Every file of the repository that a complete list of every type makes. */
  async function tree(): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    const signal = AbortSignal.timeout(10_000);
    for (const type of (await cluster.discover(new Map(), signal)).types) {
      for await (const chunk of cluster.list(type, {}, signal)) {
        if (chunk.kind === 'end') continue;
        const items = parseJson(`[${Buffer.from(chunk.items).toString('utf8')}]`);
        for (const item of Array.isArray(items) ? items : []) {
          if (!isObject(item)) throw new Error('An item is no object');
          const canonical = canonicaliser.canonicalise(item, type, FACTS);
          if (canonical.kind === 'file') files.set(canonical.path, canonical.text);
        }
      }
    }
    return files;
  }
});
