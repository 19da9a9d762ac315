import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from '../../support/daemon.js';
import { withTempDir } from '../../support/repo.js';

/** A program with the daemon's manners: an HTTP server whose address it prints. */
const SERVER = `
const server = require('node:http').createServer((request, response) => response.writeHead(request.url === '/readyz' ? 200 : 404).end('words'));
server.listen(0, '127.0.0.1', () => console.error('listening on', server.address().port));
process.on('SIGTERM', () => { console.log('ends in good order'); process.exit(0); });`;

async function withProgram(script: string, work: (start: () => Daemon) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const program = join(folder, 'program.cjs');
    writeFileSync(program, script);
    await work(() => Daemon.start({ args: [], cwd: folder, program }));
  });
}

describe('program under test', () => {
  it('is waited for by its lines and its HTTP answers, and ends by a signal', async () => {
    await withProgram(SERVER, async (start) => {
      const daemon = start();
      const [, port] = await daemon.waitForLine(/listening on (\d+)/);
      expect((await daemon.waitForHttp(`http://127.0.0.1:${port}/readyz`)).body).to.equal('words');
      const exit = await daemon.stop();
      expect([exit.code, exit.signal, exit.stdout]).to.deep.equal([0, null, 'ends in good order\n']);
    });
  });

  it('gives the exit code and both outputs of a program that ends by itself', async () => {
    await withProgram("console.log('out'); console.error('err'); process.exitCode = 11;", async (start) => {
      expect(await start().exited).to.deep.equal({ code: 11, signal: null, stdout: 'out\n', stderr: 'err\n' });
    });
  });

  it('fails at once, with what was written, when the program ends before the line comes', async () => {
    await withProgram("console.error('no cluster'); process.exitCode = 10;", async (start) => {
      const failure = await start().waitForLine(/ready/).then(() => '', (error: Error) => error.message);
      expect(failure).to.match(/ended \(exit 10\) before a line like \/ready\/[^]*no cluster/);
    });
  });

  it('kills a program that does not end, and says so', async () => {
    await withProgram("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);", async (start) => {
      const daemon = start();
      await daemon.waitForLine(/up/);
      expect(await daemon.stop('SIGTERM', 100).then(() => '', (error: Error) => error.message)).to.contain('did not end within 100 ms');
      expect((await daemon.exited).signal).to.equal('SIGKILL');
    });
  });
});
