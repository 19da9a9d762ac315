import { expect } from 'chai';
import { parseListenAddress } from '../../../src/lib/listen-address.js';

describe('lib/listen-address', () => {
  it('reads host and port, a port alone, and IPv6 in brackets', () => {
    expect(parseListenAddress('127.0.0.1:8080')).to.deep.equal({ host: '127.0.0.1', port: 8080 });
    expect(parseListenAddress('localhost:0')).to.deep.equal({ host: 'localhost', port: 0 });
    expect(parseListenAddress('[::1]:65535')).to.deep.equal({ host: '::1', port: 65_535 });
    expect(parseListenAddress(':8080')).to.deep.equal({ host: undefined, port: 8080 });
    expect(parseListenAddress('8080')).to.deep.equal({ host: undefined, port: 8080 });
  });

  it('refuses everything else', () => {
    for (const text of ['', ':', 'localhost', 'localhost:', ':65536', '::1:80', 'http://a:80', 'a b:80', '80x', '[::1]80', '-1']) {
      expect(parseListenAddress(text), text).to.equal(null);
    }
  });
});
