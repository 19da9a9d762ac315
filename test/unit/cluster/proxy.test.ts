import { expect } from 'chai';
import { proxyFor } from '../../../src/cluster/proxy.js';

describe('proxyFor', () => {
  const through = (server: string, noProxy: string): boolean => proxyFor(new URL(server), undefined, { HTTPS_PROXY: 'proxy:3128', NO_PROXY: noProxy }) !== undefined;

  it('takes the kubeconfig\'s proxy before the environment\'s', () => {
    const environment = { HTTPS_PROXY: 'http://env:1', HTTP_PROXY: 'plain:2', NO_PROXY: '*' };

    expect(proxyFor(new URL('https://a'), 'socks5://cfg:1080', environment)?.href).to.equal('socks5://cfg:1080');
    expect(proxyFor(new URL('https://a'), undefined, { ...environment, NO_PROXY: '' })?.host).to.equal('env:1');
    expect(proxyFor(new URL('http://a'), undefined, { ...environment, NO_PROXY: '' })?.host).to.equal('plain:2');
    expect(proxyFor(new URL('https://a'), undefined, {})).to.equal(undefined);
  });

  it('spares what NO_PROXY names, and the machine itself', () => {
    for (const [server, list] of [['https://a.b.c', 'b.c'], ['https://a.b.c', '.b.c'], ['https://b.c', 'x, B.C '], ['https://b.c:6443', 'b.c:6443'], ['https://10.1.2.3', '10.0.0.0/8'], ['https://[fd00::1]', 'fd00::/8'], ['https://10.1.2.3', '10.1.2.3'], ['https://a', '*'], ['https://127.0.0.1:6443', ''], ['https://localhost', '']] as const) {
      expect(through(server, list), `${server} with ${list}`).to.equal(false);
    }
    for (const [server, list] of [['https://ab.c', 'b.c'], ['https://b.c', '.b.c'], ['https://b.c:6443', 'b.c:443'], ['https://11.1.2.3', '10.0.0.0/8'], ['https://a', '10.0.0.0/99'], ['https://a', '']] as const) {
      expect(through(server, list), `${server} with ${list}`).to.equal(true);
    }
  });

  it('refuses what is no proxy, without quoting it', () => {
    expect(() => proxyFor(new URL('https://a'), 'ftp://user:canary@b', {})).to.throw(/^The proxy-url of the kubeconfig is not a proxy address$/);
  });
});
