import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import { kubeconfigError } from './kubeconfig.js';
import type { ClusterEnvironment } from './options.js';

/**
 * The proxy for a server: the kubeconfig's proxy-url, else HTTPS_PROXY (HTTP_PROXY for http servers) unless NO_PROXY
 * names the host. Rules: golang.org/x/net/http/httpproxy. Throws ClusterError KUBECONFIG.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, environment: ClusterEnvironment): URL | undefined {
  if (proxyUrl !== undefined && proxyUrl !== '') return checked(proxyUrl, 'proxy-url of the kubeconfig');
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = environment[name];
  if (value === undefined || value === '' || isExempt(server, environment.NO_PROXY ?? '')) return undefined;
  return checked(value.includes('://') ? value : `http://${value}`, name);
}

function checked(value: string, name: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // The value may hold a password: it is not quoted.
  if (url === undefined || !/^(http|https|socks5h?):$/.test(url.protocol)) {
    throw kubeconfigError(`The ${name} is not a proxy address`, 'Write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT');
  }
  return url;
}

function isExempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inSubnet(entry, host);
  const [, name = entry, wanted] = isIPv6(entry) ? [] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []);
  if (wanted !== undefined && wanted !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const suffix = name.replace(/^\*?\./, '');
  return host.endsWith(`.${suffix}`) || (host === suffix && !/^\*?\./.test(name));
}

function inSubnet(entry: string, host: string): boolean {
  const [network = '', bits] = entry.split('/');
  const family = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');
  if (isIP(host) === 0 || isIP(network) === 0 || !(Number(bits) <= (isIPv6(network) ? 128 : 32))) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(host, family(host));
}

/** Asks an HTTP proxy, over a connection to it, to connect to host and port. Rejects when it will not. */
export function tunnel(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const login = proxy.username === '' ? '' : `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = login === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(login).toString('base64')}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const fail = (why: string): void => reject(new Error(`the proxy ${proxy.host} ${why}`));
    const read = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1 && head.length < 16_384) continue;
        socket.off('readable', read);
        const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1];
        if (status !== '200' || end === -1) return fail(status === undefined ? 'answered no HTTP' : `answered ${status} to CONNECT ${target}`);
        if (end + 4 < head.length) socket.unshift(head.subarray(end + 4));
        return resolve();
      }
    };
    socket.on('readable', read);
    socket.once('error', reject);
    socket.once('close', () => fail('closed the connection'));
  });
}
