import { expect } from 'chai';
import { commentChanges } from '../../../src/diff/comment-changes.js';
import { compareObjects } from '../../../src/diff/compare-objects.js';
import { phrases } from '../../../src/inspect/phrases.js';

const images = (before: string, after: string): string => phrases(compareObjects({ image: before }, { image: after }), false).join();

describe('inspect/phrases', () => {
  it('says of an image what changed', () => {
    expect(images('nginx:1.25', 'nginx:1.26')).to.equal('image nginx:1.25 → 1.26');
    expect(images('localhost:5000/a/b:1', 'localhost:5000/a/b:2')).to.equal('image localhost:5000/a/b:1 → 2');
    expect(images('nginx', 'nginx:2')).to.equal('image nginx → :2');
    expect(images('nginx:1', 'redis:1')).to.equal('image nginx:1 → redis:1');
    expect(images('nginx:1', 'other/nginx:1')).to.equal('image nginx:1 → other/nginx:1');
    expect(images(`nginx:1@sha256:${'a'.repeat(64)}`, `nginx:2@sha256:${'b'.repeat(64)}`)).to.equal('image nginx@sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb');
    expect(images('nginx:1', `nginx@sha256:${'b'.repeat(64)}`)).to.equal('image nginx:1 → @sha256:bbbbbbbbbbbb');
    expect(images('a:1\u001b[31m', 'a:2')).to.equal('image a:1\\x1b[31m → 2');
  });

  it('names the container when several images changed', () => {
    const pod = (one: string, two: string) => ({ containers: [{ name: 'web', image: one }, { name: 'log', image: two }] });
    expect(phrases(compareObjects(pod('a:1', 'b:1'), pod('a:2', 'b:1')), false)).to.deep.equal(['image a:1 → 2']);
    expect(phrases(compareObjects(pod('a:1', 'b:1'), pod('a:2', 'b:2')), false)).to.deep.equal(['image a:1 → 2 in web', 'image b:1 → 2 in log']);
  });

  it('puts comment lines into words, and no value of a Secret', () => {
    const before = ['# kubetape:allocated spec.clusterIP: 10.0.0.1', '# kubetape:applier helm', '# kubetape:digest data.a 1B hmac-sha256:00', '# kubetape:owner apps/v1 Deployment/web controller'];
    const after = ['# kubetape:allocated spec.clusterIP: 10.0.0.2', '# kubetape:applier argocd', '# kubetape:digest data.a 1B hmac-sha256:11', '# kubetape:digest data.b 1B hmac-sha256:22'];
    expect(phrases(commentChanges(before, after), false)).to.deep.equal([
      'allocated spec.clusterIP 10.0.0.1 → 10.0.0.2', 'applied by helm → argocd', 'data.a changed', 'data.b added', 'owner apps/v1 Deployment/web removed',
    ]);
    expect(phrases(compareObjects({ data: { a: 'x' } }, { data: { a: 'y' } }), true)).to.deep.equal(['data.a']);
  });
});
