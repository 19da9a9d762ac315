import { expect } from 'chai';
import { printable, readRefusal, refusedError, statusError, transportError } from '../../../src/cluster/errors.js';

describe('cluster errors', () => {
  it('gives each status its code, and says whether trying again can help', () => {
    const codes = { 400: 'SERVER', 401: 'UNAUTHORIZED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 405: 'NOT_FOUND', 410: 'EXPIRED', 429: 'THROTTLED', 500: 'SERVER', 503: 'SERVER', 504: 'TIMEOUT' };

    for (const [code, name] of Object.entries(codes)) expect(refusedError('list x', { status: Number(code), words: '' }, 'EXPIRED').code, code).to.equal(name);
    expect(refusedError('watch x', { status: 410, words: '' }).code).to.equal('GONE');
    expect(refusedError('x', { status: 403, words: '' }).retry).to.equal(false);
    expect(refusedError('x', { status: 503, words: '' }).retry).to.equal(true);
  });

  it('takes the wait from the header, else from the Status', () => {
    expect(readRefusal(429, { 'retry-after': '2' }, '{"details":{"retryAfterSeconds":9}}').retryAfterMs).to.equal(2000);
    expect(readRefusal(429, {}, '{"details":{"retryAfterSeconds":9}}').retryAfterMs).to.equal(9000);
    expect(readRefusal(503, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }, 'busy')).to.deep.include({ retryAfterMs: undefined, words: 'busy' });
  });

  it('takes an expired Status without code for a 410', () => {
    expect(statusError('watch x', { reason: 'Expired', message: 'old' }).code).to.equal('GONE');
    expect(statusError('watch x', null)).to.include({ code: 'SERVER', status: 500 });
  });

  it('writes hostile words on one line, escaped and cut', () => {
    expect(printable('a\nb\u001b[31m\u202e\ud800')).to.equal('a b\\x1b[31m\\u{202e}\\u{d800}');
    expect(printable('x'.repeat(1000))).to.have.lengthOf(300).and.satisfy((text: string) => text.endsWith('…'));
  });

  it('tells TLS trouble from an unreachable server', () => {
    const withCode = (code: string, message = 'm'): Error => Object.assign(new Error(message), { code });

    expect(transportError('x', withCode('SELF_SIGNED_CERT_IN_CHAIN'))).to.include({ code: 'TLS' });
    expect(transportError('x', withCode('ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:6443'))).to.include({ code: 'UNREACHABLE', message: 'Could not x: connect ECONNREFUSED 1.2.3.4:6443' });
    expect(transportError('x', Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), { code: 'ECONNREFUSED' })).message).to.equal('Could not x: connect ECONNREFUSED ::1:1');
  });
});
