import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EMITTER_VERSION } from '../../src/canon/emitter.js';
import { FORMAT_VERSION } from '../../src/model/format.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program; `during` is called once it runs. */
async function kubetape(argv: readonly string[], options: { env?: NodeJS.ProcessEnv; during?: (child: ReturnType<typeof spawn>) => unknown } = {}): Promise<Result> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KUBETAPE_') && name !== 'NO_COLOR'));
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: tmpdir(), env: { ...inherited, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => { out += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { err += data.toString(); });
  void options.during?.(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, out, err };
}

describe('the kubetape process', () => {
  let folder: string;
  before(async () => {
    expect(existsSync(MAIN), 'npm run build comes first').to.equal(true);
    folder = await mkdtemp(join(tmpdir(), 'kubetape-cli-'));
  });
  after(async () => { await rm(folder, { recursive: true }); });

  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  it('shows commands, examples and exit codes with --help, on stdout', async () => {
    const { code, out, err } = await kubetape(['--help']);

    expect([code, err]).to.deep.equal([0, '']);
    for (const word of ['demo', 'export', 'mirror', 'status', 'config', 'version', 'Examples:', 'Exit codes:', '--repo', '--config']) {
      expect(out).to.contain(word);
    }
  });

  it('shows the options of a command, global ones too', async () => {
    const { code, out } = await kubetape(['mirror', '--help']);

    expect(code).to.equal(0);
    for (const word of ['--kubeconfig', '--as-group', '--namespace', '--exclude', '--secrets', '--window', '--listen', '--once-synced', '--repo', "'types=secrets,configmaps;namespaces=dev-*'"]) {
      expect(out).to.contain(word);
    }
  });

  it('prints its version in every form', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };

    expect((await kubetape(['--version'])).out).to.equal(`${version}\n`);
    expect((await kubetape(['version'])).out).to.match(new RegExp(`^kubetape ${version} \\(node v.*, repository format ${FORMAT_VERSION}, emitter ${EMITTER_VERSION}\\)\n$`));
    expect(JSON.parse((await kubetape(['version', '-o', 'json'])).out)).to.deep.equal({ name: 'kubetape', version, node: process.version, format: FORMAT_VERSION, emitter: EMITTER_VERSION });
  });

  it('ends with 2 and a guess for what it does not know', async () => {
    const cases: [string[], string][] = [
      [['mirror', '--reop', 'x'], "error: Unknown option '--reop'\nhint: Did you mean --repo?\n"],
      [['exprot'], "error: Unknown command 'exprot'\nhint: Did you mean export?\n"],
      [['version', '-o', 'xml'], "error: Option '-o, --output <format>' argument 'xml' is invalid for version. Its forms are table, wide, yaml, json, name."],
    ];
    for (const [argv, expected] of cases) {
      const { code, out, err } = await kubetape(argv);
      expect([code, out], argv.join(' ')).to.deep.equal([2, '']);
      expect(err.startsWith(expected), err).to.equal(true);
    }
  });

  it('ends with 2 and the help when no command is given', async () => {
    const { code, out, err } = await kubetape([]);

    expect([code, out]).to.deep.equal([2, '']);
    expect(err).to.contain('Usage: kubetape');
  });

  it('gives errors as JSON with -o json, also those of the command line', async () => {
    const broken = await kubetape(['mirror', '--nope', '-o', 'json']);
    const missing = await kubetape(['status', '--repo', join(folder, 'none'), '--output=json']);

    expect([broken.code, (JSON.parse(broken.err) as { error: { code: string } }).error.code]).to.deep.equal([2, 'USAGE']);
    expect([missing.code, (JSON.parse(missing.err) as { error: { code: string } }).error.code]).to.deep.equal([2, 'NOT_FOUND']);
  });

  it('reports every mistake of file, environment and flags with its place', async () => {
    const config = await file('bad.yaml', 'windw: 1s\nlog:\n  level: loud\n');

    const { code, err } = await kubetape(['config', 'check', '--config', config, '--secrets', 'encrypt'], { env: { KUBETAPE_LOG_FORMAT: 'xml' } });

    expect(code).to.equal(2);
    expect(err).to.contain('has 4 mistakes');
    expect(err).to.contain(`  ${config}:1:1: windw: unknown key; did you mean window?`);
    expect(err).to.contain(`  ${config}:3:10: log.level: "loud" is not accepted; expected debug, info, warn or error`);
    expect(err).to.contain('  KUBETAPE_LOG_FORMAT: "xml" is not accepted; expected text or json');
    expect(err).to.contain('  --secrets: "encrypt" is not there yet');
  });

  it('refuses a broken configuration before it does anything else', async () => {
    const config = await file('bad2.yaml', 'secrets: yes please\n');

    for (const command of ['export', 'mirror', 'status']) {
      const { code, err } = await kubetape([command, '--config', config, '--repo', join(folder, 'never.git')]);
      expect(code, command).to.equal(2);
      expect(err, command).to.contain(':1:10: secrets: "yes please" is not accepted');
    }
    expect(existsSync(join(folder, 'never.git'))).to.equal(false);
  });

  it('checks and prints a good configuration, flags over environment over file', async () => {
    const config = await file('good.yaml', 'window: 1s\nsecrets: skip\nrepository: {path: here.git}\n');
    const env = { KUBETAPE_WINDOW: '2s', KUBETAPE_SECRETS: 'digest' };

    const checked = await kubetape(['config', 'check', '--config', config]);
    const printed = await kubetape(['config', 'print', '--config', config, '--window', '3s', '-o', 'json'], { env });

    expect(checked).to.include({ code: 0, err: '' });
    expect(checked.out).to.contain('The configuration is valid');
    expect(JSON.parse(printed.out)).to.deep.include({ window: '3s', secrets: 'digest', repository: { path: join(folder, 'here.git'), branch: 'main' } });
  });

  it('prints a JSON Schema though the configuration is broken', async () => {
    const { code, out } = await kubetape(['config', 'schema'], { env: { KUBETAPE_WINDOW: 'broken' } });

    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.have.property('additionalProperties', false);
  });

  it('says what status needs', async () => {
    const { code, err } = await kubetape(['status']);

    expect(code).to.equal(2);
    expect(err).to.contain('--repo').and.contain('--url');
  });

  it('uses colour when told, never when not', async () => {
    expect((await kubetape(['nope'])).err).to.not.contain('\u001B');
    expect((await kubetape(['nope', '--color=always'])).err).to.contain('\u001B[31merror:');
    expect((await kubetape(['nope', '--color', 'never'], { env: { FORCE_COLOR: '1' } })).err).to.not.contain('\u001B');
  });

  it('is quiet when the reader of its output goes away', async () => {
    const { code, err } = await kubetape(['config', 'schema'], { during: (child) => child.stdout?.destroy() });

    expect([code, err]).to.deep.equal([0, '']);
  });

  describe('when it is told to end', () => {
    let server: Server;
    let url: string;
    let asked: Promise<unknown>;
    beforeEach(async () => {
      server = createServer();
      asked = once(server, 'request');
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => { server.close(); server.closeAllConnections(); });

    it('leaves at once on a second signal, whatever is still going on', async () => {
      const stuck = `data:text/javascript,${encodeURIComponent('globalThis.fetch = () => new Promise(() => { setInterval(() => {}, 1000); process.stderr.write("asked"); });')}`;
      const during = (child: ReturnType<typeof spawn>): void => {
        child.stderr?.once('data', () => { child.kill('SIGINT'); child.kill('SIGTERM'); });
      };

      const { code, signal, err } = await kubetape(['status', '--url', url], { env: { NODE_OPTIONS: `--import=${stuck}` }, during });

      expect(err).to.equal('asked');
      expect(signal ?? code).to.be.oneOf(['SIGINT', 'SIGTERM', 130, 143]);
    });

    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      it(`puts its work away and ends by ${name} itself, without a word`, async () => {
        const result = await kubetape(['status', '--url', url], { during: async (child) => { await asked; child.kill(name); } });

        expect(result).to.deep.equal({ code: null, signal: name, out: '', err: '' });
      });
    }
  });
});
