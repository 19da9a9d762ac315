import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** A thread that runs the module `name` (without extension) beside `importer`, the import.meta.url of whoever asks. */
export function startWorker(name: string, importer: string, options: WorkerOptions): Worker {
  if (!importer.endsWith('.ts')) return new Worker(new URL(`${name}.js`, importer), options);
  // Run from sources, tsx loads TypeScript in the main thread only: the worker registers it first. (Its CommonJS twin, which
  // require finds, cannot.)
  const loader = pathToFileURL(createRequire(importer).resolve('tsx/esm/api').replace(/\.cjs$/, '.mjs')).href;
  const file = new URL(`${name}.ts`, importer).href;
  const code = `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file)}); });`;
  return new Worker(code, { ...options, eval: true });
}
