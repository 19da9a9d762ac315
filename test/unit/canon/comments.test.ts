import { expect } from 'chai';
import {
  allocatedToComment, applierToComment, commentBlock, commentsToAllocated, commentsToApplier, commentsToDigests, commentsToOwners, digestToComment, ownersToComments,
} from '../../../src/canon/comments.js';
import { NumberToken } from '../../../src/lib/json.js';

describe('comment lines', () => {
  it('write an owner as a person reads it', () => {
    const owners = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true, blockOwnerDeletion: true }, { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: false }];
    expect(ownersToComments(owners)).to.deep.equal(['# kubetape:owner apps/v1 StatefulSet/db controller block', '# kubetape:owner v1 Node/n1 controller=false']);
  });

  it('cannot be forged by a name', () => {
    const [line = '', ...more] = ownersToComments([{ apiVersion: 'a/v1', kind: 'Role', name: 'x controller\n# kubetape:applier evil\u0085\u2028é', uid: 'u' }]);
    expect(more).to.deep.equal([]);
    expect(line).to.match(/^[\x20-\x7e]+$/);
    expect(commentsToOwners([line])).to.deep.equal([{ apiVersion: 'a/v1', kind: 'Role', name: 'x controller\n# kubetape:applier evil\u0085\u2028é' }]);
  });

  it('refuse what is no owner reference', () => {
    expect(() => ownersToComments([{ kind: 'Role' }])).to.throw('owner reference').with.property('code', 'MALFORMED');
    expect(() => ownersToComments('x')).to.throw('owner reference');
    expect(ownersToComments(undefined)).to.deep.equal([]);
  });

  it('write allocated values so that nothing reads them as another type', () => {
    const line = (value: Parameters<typeof allocatedToComment>[0]['value']): string => allocatedToComment({ path: 'a', value }).slice('# kubetape:allocated a: '.length);
    expect([line('10.0.0.7'), line('SingleStack'), line('pvc-1'), line(30080), line(['fd00::1'])]).to.deep.equal(['10.0.0.7', 'SingleStack', 'pvc-1', '30080', '["fd00::1"]']);
    expect([line('30080'), line('true'), line('no'), line(''), line('a: b'), line('x\u2028y'), line('1e3')]).to.deep.equal(['"30080"', '"true"', '"no"', '""', '"a: b"', '"x\\u2028y"', '"1e3"']);
    expect(commentsToAllocated(['# kubetape:allocated a["b: c"].d[0]: 12345678901234567890'])).to.deep.equal([{ path: 'a["b: c"].d[0]', value: new NumberToken('12345678901234567890') }]);
  });

  it('pass over lines of another kind', () => {
    const lines = ['# kubetape:applier helm', '# a person', digestToComment({ field: 'data', key: 'tls.key', size: 16, digest: '0'.repeat(32) }), '# kubetape:allocated broken'];
    expect(commentsToOwners(lines)).to.deep.equal([]);
    expect(commentsToAllocated(lines)).to.deep.equal([]);
    expect(commentsToApplier(lines)).to.equal('helm');
    expect(commentsToApplier([])).to.equal(null);
    expect(commentsToDigests(lines)).to.deep.equal([{ field: 'data', key: 'tls.key', size: 16, digest: '0'.repeat(32) }]);
    expect(lines[2]).to.equal(`# kubetape:digest data.tls.key 16B hmac-sha256:${'0'.repeat(32)}`);
  });

  it('stand sorted, each on its line', () => {
    expect(commentBlock([])).to.equal('');
    expect(commentBlock(['# kubetape:owner a', applierToComment('my manager')])).to.equal('# kubetape:applier my%20manager\n# kubetape:owner a\n');
  });
});
