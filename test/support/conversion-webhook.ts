// A conversion webhook that really answers: `spec.size` of v1alpha1 is `spec.replicas` of v1.
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AnyJson } from './api-client.js';
import { makeCertificates } from './certificates.js';

export class ConversionWebhook {
  /** Objects that it converted. */
  converted = 0;
  readonly #certificates = makeCertificates();
  #server: Server | null = null;
  #port = 0;

  /** Listening, on a port that it keeps. */
  static async start(): Promise<ConversionWebhook> {
    const webhook = new ConversionWebhook();
    await webhook.listen();
    return webhook;
  }

  get clientConfig(): object {
    return { url: `https://127.0.0.1:${this.#port}/convert`, caBundle: Buffer.from(readFileSync(join(this.#certificates.folder, 'ca.crt'))).toString('base64') };
  }

  async listen(): Promise<void> {
    const server = createServer(this.#certificates.server, (request, response) => {
      void (async () => {
        let text = '';
        for await (const part of request) text += String(part);
        const { apiVersion, kind, request: review } = JSON.parse(text);
        const convertedObjects = review.objects.map((each: AnyJson) => this.#convert(each, review.desiredAPIVersion as string));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.uid, convertedObjects, result: { status: 'Success' } } }));
      })();
    });
    this.#server = server;
    await new Promise<void>((done, fail) => server.once('error', fail).listen(this.#port, '127.0.0.1', done));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Nobody answers any more. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((done) => { if (server === null) done(null); else server.close(done); });
  }

  async stop(): Promise<void> {
    await this.close();
    rmSync(this.#certificates.folder, { recursive: true, force: true });
  }

  #convert(object: AnyJson, apiVersion: string): AnyJson {
    this.converted++;
    const size = object.spec?.size ?? object.spec?.replicas;
    return { ...object, apiVersion, spec: apiVersion.endsWith('/v1') ? { replicas: size } : { size } };
  }
}
