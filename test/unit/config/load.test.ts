import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError, formatMistake } from '../../../src/config/config-error.js';
import { readEnvironment } from '../../../src/config/env.js';
import { NO_FLAGS, type Flags } from '../../../src/config/flags.js';
import { loadSettings, type LoadedSettings } from '../../../src/config/load.js';

const signal = new AbortController().signal;
let folder: string;

/** Loads a file of this text (none: no file) with these variables and flags. */
async function loadFrom(text: string | undefined, variables: NodeJS.ProcessEnv = {}, flags: Partial<Flags> = {}): Promise<LoadedSettings> {
  const file = text === undefined ? undefined : 'k.yaml';
  if (text !== undefined) {
    await writeFile(join(folder, 'k.yaml'), text);
  }
  return loadSettings({ file, environment: readEnvironment(variables), flags: { ...NO_FLAGS, ...flags }, workingFolder: folder }, signal);
}

async function mistakesOf(...args: Parameters<typeof loadFrom>): Promise<string[]> {
  const error = await loadFrom(...args).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(ConfigError);
  expect((error as ConfigError).exitCode).to.equal(2);
  return (error as ConfigError).mistakes.map(formatMistake);
}

describe('config/load', () => {
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'kubetape-config-')); });
  afterEach(async () => { await rm(folder, { recursive: true }); });

  it('fills in every default when there is nothing', async () => {
    const { settings, file } = await loadFrom(undefined);

    expect(file).to.equal(undefined);
    expect(settings.repository).to.deep.equal({ path: undefined, branch: 'main' });
    expect(settings.secrets).to.equal('digest');
    expect(settings.windowMs).to.equal(1000);
    expect([settings.include, settings.exclude]).to.deep.equal([[], []]);
    expect(settings.log).to.deep.equal({ level: 'info', format: 'text' });
    expect(settings.cluster.insecureSkipTlsVerify).to.equal(false);
  });

  it('reads every key of the file; paths are relative to the file', async () => {
    const { settings } = await loadFrom(`
cluster: {kubeconfig: sub/kc, context: prod}
repository: {path: ../c.git, branch: clusters/prod}
secrets: plain
digestKey: /etc/key
window: 500ms
include: [{namespaces: [a, 'b-*']}]
exclude:
- types: ['*.cert-manager.io']
  names: [x?]
  labelSelector: app in (web, db),!canary
rules: {packs: [extra], files: [r.yaml, ~/own.yaml]}
serve: {listen: 8080}
log: {level: warn, format: json}
`);

    expect(settings.cluster.kubeconfig).to.equal(join(folder, 'sub/kc'));
    expect(settings.cluster.context).to.equal('prod');
    expect(settings.repository).to.deep.equal({ path: join(folder, '../c.git'), branch: 'clusters/prod' });
    expect([settings.secrets, settings.digestKey, settings.windowMs]).to.deep.equal(['plain', '/etc/key', 500]);
    expect(settings.include).to.deep.equal([{ namespaces: ['a', 'b-*'] }]);
    expect(settings.exclude).to.deep.equal([{ types: ['*.cert-manager.io'], names: ['x?'], labelSelector: 'app in (web, db),!canary' }]);
    expect(settings.rules).to.deep.equal({ packs: ['extra'], files: [join(folder, 'r.yaml'), join(homedir(), 'own.yaml')] });
    expect(settings.serve.listen).to.equal('8080');
    expect(settings.log).to.deep.equal({ level: 'warn', format: 'json' });
  });

  it('takes flags over the environment, the environment over the file, and says which', async () => {
    const text = 'window: 1m\nsecrets: skip\nlog: {level: warn}\n';
    const variables = { KUBETAPE_WINDOW: '2m', KUBETAPE_SECRETS: 'plain', KUBETAPE_REPOSITORY_PATH: 'env.git' };

    const { settings, origins } = await loadFrom(text, variables, { scalars: new Map([['window', '3m']]) });

    expect([settings.windowMs, settings.secrets, settings.log.level]).to.deep.equal([180_000, 'plain', 'warn']);
    expect(settings.repository.path).to.equal(join(folder, 'env.git'));
    expect(['window', 'secrets', 'log.level', 'log.format'].map((key) => origins.get(key))).to.deep.equal([
      '--window', 'KUBETAPE_SECRETS', join(folder, 'k.yaml'), 'default',
    ]);
  });

  it('takes an empty variable as not set and KUBETAPE_CONFIG as the file', async () => {
    await writeFile(join(folder, 'other.yaml'), 'window: 7s\n');

    const { settings } = await loadFrom(undefined, { KUBETAPE_WINDOW: '', KUBETAPE_CONFIG: 'other.yaml' });

    expect(settings.windowMs).to.equal(7000);
  });

  it('takes empty YAML values and a file of comments as not set', async () => {
    expect((await loadFrom('cluster:\nlog: {level: , format: json}\nsecrets:\n')).settings.log).to.deep.equal({ level: 'info', format: 'json' });
    expect((await loadFrom('# nothing\n---\n')).settings.secrets).to.equal('digest');
  });

  it('reads how often the daemon verifies itself; off in any spelling is never', async () => {
    expect((await loadFrom(undefined)).settings.verify.everyMs).to.equal(86_400_000);
    expect((await loadFrom('verify: {every: 90m}')).settings.verify.everyMs).to.equal(5_400_000);
    for (const never of ['off', "'off'", '0', "'0'", 'false']) expect((await loadFrom(`verify: {every: ${never}}`)).settings.verify.everyMs).to.equal(0);
    expect((await loadFrom('verify: {every: 1h}', { KUBETAPE_VERIFY_EVERY: 'off' })).settings.verify.everyMs).to.equal(0);
    expect((await loadFrom(undefined, { KUBETAPE_VERIFY_EVERY: 'off' }, { scalars: new Map([['verify.every', '6h']]) })).settings.verify.everyMs).to.equal(21_600_000);
  });

  it('leaves URLs as they are', async () => {
    for (const url of ['https://git.example/c.git', 'git@git.example:c.git']) {
      expect((await loadFrom(`repository: {path: '${url}'}`)).settings.repository.path).to.equal(url);
    }
  });

  const bad: [title: string, text: string, mistakes: string[]][] = [
    ['an unknown key, with the nearest one', 'windwo: 1s\n', ['k.yaml:1:1: windwo: unknown key; did you mean window? accepted here: cluster, repository, secrets, digestKey, window, include, exclude, rules, verify, serve, log']],
    ['an unknown key below', 'log:\n  levl: info\n', ['k.yaml:2:3: log.levl: unknown key; did you mean level? accepted here: level, format']],
    ['an unknown key that is near to nothing', 'log: {colour: red}\n', ['k.yaml:1:7: log.colour: unknown key; accepted here: level, format']],
    ['an unknown key of a filter', 'exclude:\n- type: [secrets]\n  names: [a]\n', ['k.yaml:2:3: exclude[0].type: unknown key; did you mean types? accepted here: types, namespaces, names, labelSelector']],
    ['__proto__', '__proto__: {secrets: plain}\n', ['k.yaml:1:1: __proto__: unknown key; accepted here: cluster, repository, secrets, digestKey, window, include, exclude, rules, verify, serve, log']],
    ['a word that is none of the accepted ones', 'log:\n  level: "loud"\n', ['k.yaml:2:10: log.level: "loud" is not accepted; expected debug, info, warn or error']],
    ['encrypt, which will come', 'secrets: encrypt\n', ['k.yaml:1:10: secrets: "encrypt" is not there yet; expected digest, plain or skip']],
    ['a duration without unit', 'window: 5\n', ['k.yaml:1:9: window: 5 is not accepted; expected a duration from 0 to 1h, such as 500ms, 1s or 5m']],
    ['a duration that is too long', 'window: 2h\n', ['k.yaml:1:9: window: "2h" is not accepted; expected a duration from 0 to 1h, such as 500ms, 1s or 5m']],
    ['a number where text belongs', 'cluster: {context: 123}\n', ['k.yaml:1:20: cluster.context: 123 is not accepted; expected the name of a kubeconfig context (write it in quotes)']],
    ['a value where a map belongs', 'log: debug\n', ['k.yaml:1:6: log: "debug" is not accepted; expected a map with level or format']],
    ['a list where a map belongs', '- a\n', ['k.yaml:1:1: a list is not accepted; expected a map of keys']],
    ['a map where a list belongs', 'include: {types: [a]}\n', ['k.yaml:1:10: include: a map is not accepted; expected a list of filters']],
    ['an empty filter', 'exclude:\n- {}\n', ['k.yaml:2:3: exclude[0]: a map is not accepted; expected at least one of types, namespaces, names, labelSelector']],
    ['a filter with an empty list', 'exclude: [{names: []}]\n', ['k.yaml:1:19: exclude[0].names: an empty list is not accepted; expected a list of globs over names, such as *-config']],
    ['a kind where a type belongs', 'include:\n- types: [secrets, Deployment]\n', ['k.yaml:2:20: include[0].types[1]: "Deployment" is not accepted; expected types such as deployments.apps, secrets or *.cert-manager.io (plurals in lower case, globs)']],
    ['a broken selector', "include: [{labelSelector: 'a in b'}]\n", ['k.yaml:1:27: include[0].labelSelector: "a in b" is not accepted; expected a label selector, such as app=web,tier in (a,b)']],
    ['a listen address without port', 'serve: {listen: localhost}\n', ['k.yaml:1:17: serve.listen: "localhost" is not accepted; expected HOST:PORT, [IPV6]:PORT, :PORT or PORT (0 to 65535)']],
    ['a verification that would never end', 'verify: {every: 10s}\n', ['k.yaml:1:17: verify.every: "10s" is not accepted; expected a duration of 1m or more, such as 6h or 1d, or off']],
    ['a branch that git refuses', 'repository: {branch: a..b}\n', ['k.yaml:1:22: repository.branch: "a..b" is not accepted; expected a branch name as git accepts it, such as main or clusters/prod']],
    ['broken YAML', 'a: [1\nb: 2\n', ['k.yaml:2:1: not valid YAML: deficient indentation']],
    ['a key given twice', 'window: 1s\nwindow: 2s\n', ['k.yaml:2:1: not valid YAML: duplicated mapping key']],
    ['an empty file', '', ['k.yaml:1:1: the file is empty; write {} if every default is meant']],
  ];
  for (const [title, text, expected] of bad) {
    it(`reports ${title}`, async () => {
      const mistakes = await mistakesOf(text);

      expect(mistakes).to.deep.equal(expected);
    });
  }

  it('reports the mistakes of file, environment and flags at once, the file in its order', async () => {
    const text = 'window: x\nlogs: {}\nlog:\n  format: xml\n  level: y\n';
    const flags = { scalars: new Map([['secrets', 'no'], ['serve.listen', 'x']]), include: ['type=a', 'types=Foo'], namespaces: ['n'] };

    const mistakes = await mistakesOf(text, { KUBETAPE_LOG_LEVEL: 'z', KUBETAPE_WINDW: '1s' }, flags);

    expect(mistakes.map((mistake) => mistake.split(': ').slice(0, 2).join(': ').replace(/; an example$|:PORT,.*$/, ''))).to.deep.equal([
      'k.yaml:1:9: window',
      'k.yaml:2:1: logs',
      'k.yaml:4:11: log.format',
      'k.yaml:5:10: log.level',
      'KUBETAPE_WINDW: unknown variable; did you mean KUBETAPE_WINDOW?',
      'KUBETAPE_LOG_LEVEL: "z" is not accepted; expected debug, info, warn or error',
      '--secrets: "no" is not accepted; expected digest, plain or skip',
      '--listen: "x" is not accepted; expected HOST',
      '--include: cannot be given together with --namespace or --selector; write namespaces=… and selector=… in it',
      '--include: the names are types, namespaces, names and selector',
      '--include: types[0]',
    ]);
  });

  it('never quotes the lines of a broken file', async () => {
    const mistakes = await mistakesOf('token: hunter2\nkey: [hunter2\nother: hunter2\n');

    expect(mistakes.join('\n')).to.not.contain('hunter2');
  });

  it('says that a file is not there, or is a folder', async () => {
    for (const [file, words] of [['none.yaml', 'there is no such file'], ['.', 'it is a folder']] as const) {
      const error: unknown = await loadSettings({ file, environment: readEnvironment({}), flags: NO_FLAGS, workingFolder: folder }, signal).catch((thrown: unknown) => thrown);

      expect(error, file).to.be.instanceOf(ConfigError).with.property('code', 'UNREADABLE');
      expect((error as Error).message, file).to.contain(words);
    }
  });

  it('ignores the variables that Kubernetes sets for a Service named kubetape', async () => {
    const variables = { KUBETAPE_PORT: 'tcp://10.0.0.1:80', KUBETAPE_SERVICE_HOST: '10.0.0.1', KUBETAPE_PORT_80_TCP: 'x', KUBETAPE_SERVICE_PORT_HTTP: '80' };

    expect((await loadFrom(undefined, variables)).settings.serve.listen).to.equal(undefined);
  });

  describe('filters of the command line', () => {
    const file = 'include: [{namespaces: [from-file]}]\nexclude: [{types: [secrets]}]\n';

    it('replace include and add to exclude', async () => {
      const { settings } = await loadFrom(file, {}, { include: ['types=a,b;namespaces=n-*;names=x;selector=app=web,tier in (a,b)'], exclude: ['names=y'] });

      expect(settings.include).to.deep.equal([{ types: ['a', 'b'], namespaces: ['n-*'], names: ['x'], labelSelector: 'app=web,tier in (a,b)' }]);
      expect(settings.exclude).to.deep.equal([{ types: ['secrets'] }, { names: ['y'] }]);
    });

    it('take -n and -l as one entry, and -A as everything', async () => {
      expect((await loadFrom(file, {}, { namespaces: ['a', 'b-*'], selector: 'x=y' })).settings.include).to.deep.equal([{ namespaces: ['a', 'b-*'], labelSelector: 'x=y' }]);
      expect((await loadFrom(file, {}, { allNamespaces: true })).settings.include).to.deep.equal([]);
      expect((await loadFrom(file)).settings.include).to.deep.equal([{ namespaces: ['from-file'] }]);
    });

    it('are refused where they cannot be read or contradict each other', async () => {
      const cases: [Partial<Flags>, RegExp][] = [
        [{ exclude: ['secrets'] }, /^--exclude: each part is NAME=VALUE/],
        [{ exclude: ['types='] }, /^--exclude: types is empty/],
        [{ exclude: ['types=a;types=b'] }, /^--exclude: types is given twice/],
        [{ exclude: ['names=a,,b'] }, /^--exclude: names\[1\]: "" is not accepted/],
        [{ selector: 'a in b' }, /^--selector: "a in b" is not accepted/],
        [{ namespaces: [''] }, /^--namespace: "" is not accepted/],
        [{ namespaces: ['a'], allNamespaces: true }, /^--all-namespaces: cannot be given together/],
      ];
      for (const [flags, expected] of cases) {
        const mistakes = await mistakesOf(undefined, {}, flags);
        expect(mistakes.length, mistakes.join('\n')).to.equal(1);
        expect(mistakes[0]).to.match(expected);
      }
    });
  });

  it('accepts the documented example, which has every key and says the defaults', async () => {
    const text = await readFile(new URL('../../../config/kubetape.yaml', import.meta.url), 'utf8');
    const defaults = (await loadFrom(undefined)).settings;
    const { settings } = await loadFrom(text);

    expect({ ...settings, repository: { ...settings.repository, path: undefined } }).to.deep.equal(defaults);
    for (const key of ['kubeconfig', 'context', 'path', 'branch', 'secrets', 'digestKey', 'window', 'include', 'exclude', 'packs', 'files', 'listen', 'level', 'format']) {
      expect(text).to.match(new RegExp(`^ *${key}:`, 'm'));
    }
  });
});
