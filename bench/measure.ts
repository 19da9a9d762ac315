// Measuring whole processes from outside: wall time, peak memory, CPU.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
  readonly exitCode: number | null;
  readonly stderr: string;
}

const TICKS_PER_SECOND = 100;

/** Runs a command to its end; peak memory is VmHWM, CPU is user + system of the process and its threads. */
export async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  let peakMb = 0;
  let cpuSeconds = 0;
  const sampler = setInterval(() => {
    const now = sample(child);
    if (now === null) return;
    // A process on its way out has no memory any more.
    peakMb = Math.max(peakMb, now.peakMb);
    cpuSeconds = Math.max(cpuSeconds, now.cpuSeconds);
  }, 20);
  const exitCode = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(sampler);
  return { seconds: (performance.now() - started) / 1000, peakMb, cpuSeconds, exitCode, stderr };
}

/** Memory and CPU of a running process; null when it is gone. */
export function sample(child: ChildProcess): { readonly peakMb: number; readonly rssMb: number; readonly cpuSeconds: number } | null {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const kb = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { peakMb: kb('VmHWM') / 1024, rssMb: kb('VmRSS') / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
  } catch {
    return null;
  }
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

export async function waitFor(what: string, check: () => Promise<boolean> | boolean, timeoutMs = 120_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await delay(5);
  }
}

export function row(name: string, value: string, target = ''): void {
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(22)}  ${target}\n`);
}
