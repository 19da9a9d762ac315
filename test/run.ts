// Runs the suites in two mocha processes at the same time: most of their time is waiting for servers. The output of the first
// comes as it goes, that of the second when it has ended; each prints its own counts. Further arguments go to both.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const TEST = import.meta.dirname;
const MOCHA = join(createRequire(import.meta.url).resolve('mocha/package.json'), '..', 'bin', 'mocha.js');
/** Suites on a control plane that are of about the same length, together, as all others. */
const SECOND = /^cluster\/(diff|list-keys|restore|see|verify)/;

const files = ['unit', 'property', 'contract', 'integration', 'cluster']
  .flatMap((folder) => readdirSync(join(TEST, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith('.test.ts'))
  .sort();

const codes = await Promise.all([run(files.filter((name) => !SECOND.test(name)), true), run(files.filter((name) => SECOND.test(name)), false)]);
process.exitCode = codes.find((code) => code !== 0) ?? 0;

/** Resolves with the exit code; 1 when it ended by a signal. */
function run(names: readonly string[], live: boolean): Promise<number> {
  const child = spawn(process.execPath, [MOCHA, ...process.argv.slice(2), ...names.map((name) => join(TEST, name))], { stdio: ['ignore', 'pipe', 'pipe'] });
  const held: Buffer[] = [];
  const take = (target: NodeJS.WriteStream) => (part: Buffer): void => {
    if (live) target.write(part);
    else held.push(part);
  };
  child.stdout.on('data', take(process.stdout));
  child.stderr.on('data', take(process.stderr));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(held));
      resolve(code ?? 1);
    });
  });
}
