import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Program } from './control-plane-binary.js';
import type { User } from './control-plane-files.js';

export interface KubectlOptions {
  readonly stdin?: string;
  readonly user?: User;
  /** Give back a non-zero exit code instead of throwing. */
  readonly mayFail?: boolean;
  readonly cwd?: string;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl with one kubeconfig and a home of its own. */
export async function runKubectl(
  program: Program | undefined,
  args: readonly string[],
  options: KubectlOptions & { readonly home: string; readonly kubeconfig: string },
): Promise<KubectlResult> {
  if (program === undefined) throw new Error('There is no kubectl beside this control plane');
  mkdirSync(options.home, { recursive: true });
  const env = { PATH: process.env['PATH'] ?? '', HOME: options.home, KUBECONFIG: options.kubeconfig, NO_PROXY: '*' };
  const result = await new Promise<KubectlResult>((done, fail) => {
    const child = spawn(program.file, [...program.args, ...args], { env, cwd: options.cwd ?? options.home, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.stdin.on('error', () => undefined); // kubectl may leave without reading; its exit code tells
    child.once('error', fail);
    child.once('close', (code) => done({ code: code ?? -1, ...output }));
    child.stdin.end(options.stdin ?? '');
  });
  if (result.code !== 0 && options.mayFail !== true) throw new Error(`kubectl ${args.join(' ')} failed (exit ${result.code}): ${result.stderr.trim()}`);
  return result;
}
