import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { fieldsRenderer } from '../../../../src/cli/diff/fields-renderer.js';
import { nameRenderer } from '../../../../src/cli/diff/name-renderer.js';
import { sideBySideRenderer } from '../../../../src/cli/diff/side-by-side-renderer.js';
import { summaryRenderer } from '../../../../src/cli/diff/summary-renderer.js';
import { textRenderer } from '../../../../src/cli/diff/text-renderer.js';
import { displayWidth } from '../../../../src/cli/render/display-width.js';
import { configMap, deployment, role } from '../../../support/objects.js';
import { git, withTempDir } from '../../../support/repo.js';
import { classed, difference, HOSTILE, NO_TERMINAL, ORDERS, printed, side } from './support.js';

const SCALED = difference('deployments.apps', side(deployment('shop', 'web', 2)), side(deployment('shop', 'web', 5)));
const ADDED = difference('configmaps', null, side(configMap('shop', 'new')));
const REMOVED = difference('configmaps', side(configMap('shop', 'old')), null);
const NOISE = classed(difference('configmaps', side(configMap('shop', 'quiet', { key: 'a' })), side(configMap('shop', 'quiet', { key: 'b' }))), 'data.key', 'default', 'no field manager owns it');
const TERMINAL = { ...NO_TERMINAL, terminal: true };

/** A role with a hostile name whose rule has a hostile text. */
const HOSTILE_PAIR = difference('roles.rbac.authorization.k8s.io', side(role('shop', HOSTILE, ['get'])), side(role('shop', HOSTILE, [HOSTILE])));

describe('cli/diff: the forms for people', () => {
  it('text: names object and change above a unified diff', () => {
    expect(printed(textRenderer(NO_TERMINAL), [SCALED])).to.equal(
      'changed deployments.apps/web in shop\n' +
      'diff --git a/namespaces/shop/deployments.apps/web.yaml b/namespaces/shop/deployments.apps/web.yaml\n' +
      '--- a/namespaces/shop/deployments.apps/web.yaml\n+++ b/namespaces/shop/deployments.apps/web.yaml\n' +
      '@@ -4,7 +4,7 @@\n   name: web\n   namespace: shop\n spec:\n-  replicas: 2\n+  replicas: 5\n   selector:\n     matchLabels:\n       app: web\n\n',
    );
  });

  it('text: what it prints is what git apply takes', async () => {
    const block = difference('configmaps', side(configMap('shop', 'lines', { script: 'a\n\nb\n' })), side(configMap('shop', 'lines', { script: 'a\n\n' })));
    const blank = difference('roles.rbac.authorization.k8s.io', side(role('shop', 'with blank', ['get'])), side(role('shop', 'with blank', ['list'])));
    const all = [SCALED, ADDED, REMOVED, block, blank, HOSTILE_PAIR];
    await withTempDir(async (folder) => {
      for (const { path, before } of all) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        if (before !== null) writeFileSync(join(folder, path), before.text);
      }
      await git(folder, ['apply', '--whitespace=nowarn', '-'], { stdin: printed(textRenderer(NO_TERMINAL), all, { all: true }) });
      for (const { path, after } of all.filter((each) => each.after !== null)) expect(readFileSync(join(folder, path), 'utf8'), path).to.equal(after?.text);
      expect(() => readFileSync(join(folder, REMOVED.path))).to.throw('ENOENT');
    });
  });

  it('text: takes noise out of an object that is shown, and shows it with --all', () => {
    const both = classed(difference('deployments.apps', side(deployment('shop', 'web', 2, 'app:1')), side(deployment('shop', 'web', 5, 'app:2'))), 'spec.template', 'injected', 'core/image');

    expect(printed(textRenderer(NO_TERMINAL), [both])).to.match(/^\+ {2}replicas: 5$/m).and.not.match(/^[-+].*image/m);
    expect(printed(textRenderer(NO_TERMINAL), [both], { all: true })).to.match(/^\+.*image: app:2$/m);
  });

  it('text: leaves out objects that differ in noise only', () => {
    expect(printed(textRenderer(NO_TERMINAL), [NOISE])).to.equal('');
    expect(printed(textRenderer(NO_TERMINAL), [NOISE], { all: true })).to.contain('+  key: b\n');
  });

  it('text: colours for a terminal only when it is told how', () => {
    const painted = printed(textRenderer({ ...TERMINAL, paint: (style, text) => `<${style}>${text}</>` }), [SCALED]);

    expect(painted).to.contain('<yellow>changed</> <bold>deployments.apps/web in shop</>\n').and.contain('<red>-  replicas: 2</>\n<green>+  replicas: 5</>\n').and.contain('<cyan>@@ -4,7 +4,7 @@</>');
  });

  it('fields: one line a field, with managers and, with --all, why it is noise', () => {
    const owned = { ...SCALED, fields: SCALED.fields.map((field) => ({ ...field, managers: ['kubectl', 'esc\u001b[1m'] })) };

    expect(printed(fieldsRenderer(NO_TERMINAL), [owned, ADDED, REMOVED, NOISE], { all: true })).to.equal(
      'changed  shop  deployments.apps/web  spec.replicas 2 → 5  (kubectl, esc\\x1b[1m)\n' +
      'added  shop  configmaps/new\n' +
      'removed  shop  configmaps/old\n' +
      'changed  shop  configmaps/quiet  data.key a → b  [default: no field manager owns it]\n',
    );
  });

  it('name: one line an object', () => {
    expect(printed(nameRenderer(), [SCALED, ADDED])).to.equal('shop/deployments.apps/web\nshop/configmaps/new\n');
  });

  it('summary: counts by namespace and type, noise for itself', () => {
    expect(printed(summaryRenderer(), [SCALED, ADDED, REMOVED, NOISE])).to.equal(
      'NAMESPACE   TYPE               ADDED   REMOVED   CHANGED   NOISE\nshop        configmaps         1       1         0         1\nshop        deployments.apps   0       0         1         0\n',
    );
    expect(printed(summaryRenderer(), [])).to.equal('');
  });

  it('side-by-side: fits the columns, wraps long lines and wide characters, marks what changed', () => {
    const wide = difference('configmaps', side(configMap('shop', 'wide', { text: '漢字'.repeat(30), same: 'x' })), side(configMap('shop', 'wide', { text: `${'漢字'.repeat(30)}!\tend`, same: 'x' })));
    const lines = printed(sideBySideRenderer({ ...TERMINAL, columns: 60 }), [SCALED, wide]).split('\n');

    expect(Math.max(...lines.map(displayWidth))).to.be.at.most(60);
    expect(lines).to.include(`${'  replicas: 2'.padEnd(28)} |   replicas: 5`);
    expect(lines.filter((line) => line.includes('漢')).length).to.equal(5);
  });

  it('side-by-side: cuts a line that would fill screens', () => {
    const huge = difference('configmaps', side(configMap('shop', 'huge', { a: 'x'.repeat(100_000) })), side(configMap('shop', 'huge', { a: 'y'.repeat(100_000) })));
    const text = printed(sideBySideRenderer({ ...TERMINAL, columns: 80 }), [huge]);

    expect(text.split('\n').length).to.be.below(25);
    expect(text).to.contain('…');
  });

  for (const [form, renderer] of [['text', textRenderer(TERMINAL)], ['fields', fieldsRenderer(TERMINAL)], ['side-by-side', sideBySideRenderer({ ...TERMINAL, columns: 100 })], ['name', nameRenderer()], ['summary', summaryRenderer()]] as const) {
    it(`${form}: a hostile name forges no line and gives no order to a terminal`, () => {
      const text = printed(renderer, [HOSTILE_PAIR], { all: true });

      expect(text).to.not.match(ORDERS);
      expect(text).to.not.match(/^changed pods\/forged/m);
    });
  }

  it('text: in a pipe too, no control character of a file that somebody edited passes', () => {
    const edited = { ...side(configMap('shop', 'a')), text: '# \u001b[2Jnote\u0007\r\napiVersion: v1\n' };
    expect(printed(textRenderer(NO_TERMINAL), [difference('configmaps', edited, side(configMap('shop', 'a', { key: 'b' })))])).to.not.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });
});
