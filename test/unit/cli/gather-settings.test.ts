import { expect } from 'chai';
import { toFlags } from '../../../src/cli/gather-settings.js';
import { splitWords, type Invocation } from '../../../src/cli/invocation.js';
import { createProgram } from '../../../src/cli/program.js';
import { SCALAR_KEYS } from '../../../src/config/sources.js';

async function parse(...argv: string[]): Promise<Invocation> {
  let invocation: Invocation | undefined;
  const { line, objects } = splitWords(argv);
  const program = createProgram({ version: '0', objects, out: () => undefined, err: () => undefined, async invoke(given) { invocation = given; } });
  await program.parseAsync([...line], { from: 'user' });
  expect(invocation, argv.join(' ')).to.not.equal(undefined);
  return invocation as Invocation;
}

describe('cli/gather-settings', () => {
  it('has a flag for every scalar key', async () => {
    const { options } = await parse('mirror', ...SCALAR_KEYS.flatMap(({ flag }, i) => [flag, `value${i}`]));

    expect([...toFlags(options).scalars]).to.deep.equal(SCALAR_KEYS.map(({ path }, i) => [path, `value${i}`]));
  });

  it('takes kubectl\'s flags with their meaning, and global options before or after the command', async () => {
    const { command, options } = await parse(
      '--repo', 'r', 'export', '--cluster', 'c', '--user', 'u', '--server', 's', '--token', 't', '--as', 'a', '--as-group', 'g1', '--as-group', 'g2',
      '--as-uid', 'i', '--certificate-authority', 'ca', '--tls-server-name', 'n', '--insecure-skip-tls-verify', '-o', 'json',
    );

    expect([command, options['output']]).to.deep.equal(['export', 'json']);
    expect(toFlags(options).scalars.get('repository.path')).to.equal('r');
    expect(toFlags(options).cluster).to.deep.equal({
      cluster: 'c', user: 'u', server: 's', token: 't', as: 'a', asGroups: ['g1', 'g2'], asUid: 'i', certificateAuthority: 'ca', tlsServerName: 'n', insecureSkipTlsVerify: true,
    });
  });

  it('collects repeated filters', async () => {
    const { options } = await parse('mirror', '-n', 'a', '-n', 'b-*', '-l', 'x=y', '--include', 'types=a', '--exclude', 'names=b', '--exclude', 'names=c', '-A');

    expect(toFlags(options)).to.deep.include({ namespaces: ['a', 'b-*'], selector: 'x=y', include: ['types=a'], exclude: ['names=b', 'names=c'], allNamespaces: true });
  });

  it('takes -v and -q as log levels, a written level over both', async () => {
    const level = async (...argv: string[]) => toFlags((await parse('mirror', ...argv)).options).scalars.get('log.level');

    expect([await level('-v'), await level('-q'), await level('-v', '--log-level', 'warn'), await level()]).to.deep.equal(['debug', 'error', 'warn', undefined]);
  });

  it('keeps revisions and objects apart by --, and leaves both alone', async () => {
    const { command, words } = await parse('diff', 'HEAD~3', 'main', '-n', 'shop', '--', 'deploy/web', 'svc/-n');

    expect([command, words]).to.deep.equal(['diff', { args: ['HEAD~3', 'main'], objects: ['deploy/web', 'svc/-n'] }]);
    expect((await parse('point', 'create', 'before', '-m', 'x')).words).to.deep.equal({ args: ['create', 'before'], objects: [] });
    expect((await parse('log', '--', 'deploy/web')).words.objects).to.deep.equal(['deploy/web']);
  });

  it('knows the forms of each command', async () => {
    expect((await parse('diff', '-o', 'side-by-side')).options['output']).to.equal('side-by-side');
    expect((await parse('-o', 'wide', 'ls')).options['output']).to.equal('wide');
    const error: unknown = await parse('ls', '-o', 'side-by-side').catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.contain('table, wide, yaml, json, name');
  });

  it('refuses what it does not know', async () => {
    for (const argv of [['mirror', '--nope'], ['nope'], ['export', 'extra'], ['-o', 'xml', 'version'], ['version', '-q', '-v'], ['config', 'nope'], ['mirror', '--window'], ['mirror', '--', 'x'], ['verify', 'a', 'b'], ['point', 'create']]) {
      const error: unknown = await parse(...argv).catch((thrown: unknown) => thrown);
      expect(error, argv.join(' ')).to.have.property('code').that.matches(/^commander\./);
    }
  });
});
