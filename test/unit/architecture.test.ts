// Imports point one way: a folder imports only what the table names, and a package only where it belongs.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';

const SRC = join(import.meta.dirname, '../../src');

/** What each folder of src/ may import besides itself; ARCHITECTURE.md draws it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ['lib'],
  canon: ['lib', 'model'],
  observe: ['lib', 'model'],
  config: ['lib', 'model'],
  cluster: ['lib', 'model'],
  git: ['lib', 'model'],
  standin: ['lib', 'model'],
  diff: ['lib', 'model', 'canon'],
  capture: ['lib', 'model', 'canon', 'diff'],
  inspect: ['lib', 'model', 'canon', 'diff', 'capture'],
  restore: ['lib', 'model', 'canon', 'diff', 'capture', 'inspect'],
  server: ['lib', 'model'],
  daemon: ['lib', 'model', 'canon', 'observe', 'config', 'cluster', 'git', 'capture', 'inspect', 'server'],
  cli: ['lib', 'model', 'canon', 'diff', 'observe', 'config', 'cluster', 'git', 'standin', 'capture', 'inspect', 'restore', 'server', 'daemon'],
};

/** Where a package may be imported. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['cluster'],
  socks: ['cluster'],
  'isomorphic-git': ['git'],
  'js-yaml': ['canon', 'config'],
  'fast-json-patch': ['diff'],
  diff: ['diff'],
  chokidar: ['config'],
  zod: ['config'],
  winston: ['observe'],
  'prom-client': ['observe'],
  commander: ['cli'],
};

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function imports(): Import[] {
  return sources(SRC).flatMap((path) => {
    const file = relative(SRC, path);
    const text = readFileSync(path, 'utf8');
    const targets = [
      ...text.matchAll(/^(?:import|export)\b[^'"`;]*?from '([^']+)';$/gm),
      ...text.matchAll(/^import '([^']+)';$/gm),
      ...text.matchAll(/\bimport\('([^']+)'\)/g),
    ].map((match) => match[1] ?? '');
    return targets.map((target) => ({ file, folder: file.includes('/') ? (file.split('/')[0] ?? '') : '', target }));
  });
}

describe('architecture', () => {
  it('lets a folder import only what is below it', () => {
    const wrong = imports().filter(({ file, folder, target }) => {
      if (folder === '' || !target.startsWith('.')) return false;
      const to = relative(SRC, join(SRC, file, '..', target)).split('/')[0] ?? '';
      return to !== folder && !(BELOW[folder] ?? []).includes(to);
    });

    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).to.deep.equal([]);
    expect(imports().length).to.be.greaterThan(500);
  });

  it('lets a package be imported only where it belongs', () => {
    const wrong = imports().filter(({ folder, target }) => {
      if (target.startsWith('.') || target.startsWith('node:')) return false;
      const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
      return !(HOMES[name] ?? []).includes(folder);
    });

    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).to.deep.equal([]);
  });

  it('has a rule for every folder', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(folders.sort()).to.deep.equal(Object.keys(BELOW).sort());
  });

  it('keeps files below 300 lines', () => {
    const long = sources(SRC).map((path) => [relative(SRC, path), readFileSync(path, 'utf8').split('\n').length - 1] as const).filter(([, lines]) => lines > 300);
    expect(long).to.deep.equal([]);
  });

  it('reads the environment and changes the exit code only where it is allowed to', () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      'process.env': ['config/env.ts', 'git/native.ts'],
      'process.exit': ['main.ts'],
    };
    const wrong = sources(SRC).flatMap((path) => {
      const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return Object.entries(allowed).filter(([word, files]) => text.includes(word) && !files.includes(relative(SRC, path))).map(([word]) => `${relative(SRC, path)}: ${word}`);
    });
    expect(wrong).to.deep.equal([]);
  });
});
