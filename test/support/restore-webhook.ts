// A validating webhook that really answers, behind a Service of a control plane whose Services have loopback addresses.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { object, withMetadata, type TestObject } from './objects.js';

/** For ControlPlane.start: nobody routes Services there, so their addresses must be ones of this machine. */
export const LOOPBACK_SERVICES = ['--service-cluster-ip-range', '127.16.0.0/16'] as const;

/** A Service without pods, a configuration that calls it, and the server that may stand behind it. */
export class WebhookBackend {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  #port = 0;
  #server: Server | null = null;
  readonly #key: Buffer;
  readonly #certificate: Buffer;

  private constructor(namespace: string, name: string, address: string) {
    this.namespace = namespace;
    this.name = name;
    this.address = address;
    const folder = mkdtempSync(join(tmpdir(), 'kubetape-webhook-'));
    const host = `${name}.${namespace}.svc`;
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', 'key', '-out', 'crt'], { cwd: folder, stdio: 'pipe' });
    this.#key = readFileSync(join(folder, 'key'));
    this.#certificate = readFileSync(join(folder, 'crt'));
    rmSync(folder, { recursive: true });
  }

  /** Not answering yet; its port is found free. `address`: of 127.16.0.0/16. */
  static async of(namespace: string, name: string, address: string): Promise<WebhookBackend> {
    const backend = new WebhookBackend(namespace, name, address);
    await backend.listen();
    await backend.close();
    return backend;
  }

  /** Answers yes to everything from now on. */
  async listen(): Promise<void> {
    const server = createServer({ key: this.#key, cert: this.#certificate }, (request, response) => {
      void (async () => {
        let text = '';
        for await (const part of request) text += String(part);
        const { apiVersion, kind, request: review } = JSON.parse(text);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.uid, allowed: true } }));
      })();
    });
    this.#server = server;
    await new Promise<void>((done, fail) => server.once('error', fail).listen(this.#port, this.address, done));
    this.#port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((done) => { if (server === null) done(null); else server.close(done); });
  }

  get service(): TestObject {
    return object('v1', 'Service', this.namespace, this.name, { spec: { clusterIP: this.address, ports: [{ port: this.#port }] } });
  }

  /** What says that somebody stands behind the Service: kubetape looks at nothing else. */
  get endpoint(): TestObject {
    const slice = object('discovery.k8s.io/v1', 'EndpointSlice', this.namespace, `${this.name}-by-hand`, {
      addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.30'], conditions: { ready: true } }], ports: [{ port: this.#port, protocol: 'TCP' }],
    });
    return withMetadata(slice, { labels: { 'endpointslice.kubernetes.io/managed-by': 'a-person', 'kubernetes.io/service-name': this.name } });
  }

  /** Asked about ConfigMaps of one namespace; refuses what it cannot be asked about. */
  configuration(name: string, namespace: string, more: object = {}): TestObject {
    return object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', null, name, {
      webhooks: [{
        name: `${name}.kubetape.io`, failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 2,
        clientConfig: { caBundle: this.#certificate.toString('base64'), service: { namespace: this.namespace, name: this.name, port: this.#port, path: '/' } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'], scope: 'Namespaced' }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        ...more,
      }],
    });
  }
}
