import { isObject, type JsonObject } from '../lib/json.js';
import { ensureObject, listAt, numberAt, setDefault, textAt } from './json-values.js';

/** Hands out what the server chooses: cluster IPs of 10.96.0.0/16, node ports from 30000, Pod IPs of 10.244.0.0/16. */
export class Allocator {
  #clusterIps = 1;
  #nodePorts = 30_000;
  #podIps = 10;

  podIp(): string {
    this.#podIps += 1;
    return `10.244.${this.#podIps >> 8}.${this.#podIps & 255}`;
  }

  /**
   * Gives a Service its addresses and ports: what the request set stays, what the old object had is carried over,
   * the rest is new. Runs after the field manager, so these values are owned by nobody.
   */
  allocate(object: JsonObject, before: JsonObject | null): void {
    if (textAt(object, 'kind') !== 'Service') return;
    const spec = ensureObject(object, 'spec');
    if (textAt(spec, 'type') === 'ExternalName') return;
    const old = before === null ? {} : ensureObject(before, 'spec');
    setDefault(spec, 'clusterIP', textAt(old, 'clusterIP') || this.#clusterIp());
    setDefault(spec, 'clusterIPs', [textAt(spec, 'clusterIP')]);
    setDefault(spec, 'ipFamilies', ['IPv4']);
    setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
    if (['NodePort', 'LoadBalancer'].includes(textAt(spec, 'type'))) this.#nodePortsOf(spec, old);
  }

  #nodePortsOf(spec: JsonObject, old: JsonObject): void {
    for (const port of listAt(spec, 'ports')) {
      if (!isObject(port)) continue;
      const known = listAt(old, 'ports').find((entry) => numberAt(0, entry, 'port') === numberAt(0, port, 'port'));
      setDefault(port, 'nodePort', numberAt(0, known, 'nodePort') || this.#nodePort());
    }
  }

  #clusterIp(): string {
    const ip = `10.96.${this.#clusterIps >> 8}.${this.#clusterIps & 255}`;
    this.#clusterIps += 9;
    return ip;
  }

  /** Spread over 30000–32767, as the real allocator's choice looks. */
  #nodePort(): number {
    const port = this.#nodePorts;
    this.#nodePorts = 30_000 + ((port - 30_000 + 1_237) % 2_768);
    return port;
  }
}
