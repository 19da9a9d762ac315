// No orphans: whatever ends this process, kill -9 included, the processes and the folder given here go with it.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { Socket } from 'node:net';

/** A guarded folder's name starts so: the watchdog removes nothing else. */
export const GUARDED_PREFIX = 'kubetape-control-plane-';

/** Reads lines `+pid`, `-pid`, `folder path`, `keep`; at the end of input (our death) kills and removes what is left. */
const WATCHDOG = `
pids=' '
folder=''
while IFS= read -r line; do
  case "$line" in
    +*) pids="$pids\${line#+} " ;;
    -*) pid="\${line#-}"; pids="\${pids%% $pid *} \${pids#* $pid }" ;;
    'folder '*) folder="\${line#folder }" ;;
    keep) folder='' ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
case "$folder" in */${GUARDED_PREFIX}*) sleep 0.2; rm -rf -- "$folder" ;; esac
exit 0`;

/** Guards the processes of one owner, and its folder of throw-away data. */
export class ProcessGuard {
  private readonly pids = new Set<number>();
  private readonly folder: string;
  private readonly input: Socket;
  private keep = false;
  private readonly onExit = (): void => this.end();

  private constructor(folder: string, input: Socket) {
    this.folder = folder;
    this.input = input;
  }

  /** Starts guarding; the folder's name must start with GUARDED_PREFIX. */
  static over(folder: string): ProcessGuard {
    if (!isAbsolute(folder) || !basename(folder).startsWith(GUARDED_PREFIX)) throw new Error(`Not a folder to guard: ${folder}`);
    // Its own session: a Ctrl-C for our process group must not take the watchdog away first.
    const watchdog = spawn('sh', ['-c', WATCHDOG], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    watchdog.unref();
    const input = watchdog.stdin as unknown as Socket;
    input.unref();
    input.on('error', () => undefined);
    const guard = new ProcessGuard(folder, input);
    input.write(`folder ${folder}\n`);
    process.once('exit', guard.onExit);
    return guard;
  }

  add(pid: number): void {
    this.pids.add(pid);
    this.input.write(`+${pid}\n`);
  }

  /** To be called when the process has ended: its id may soon be another's. */
  remove(pid: number): void {
    this.pids.delete(pid);
    this.input.write(`-${pid}\n`);
  }

  /** From now on the folder stays when this process ends. */
  keepFolder(): void {
    this.keep = true;
    this.input.write('keep\n');
  }

  /** Ends the guard: processes still there are killed, the folder is the caller's again. */
  close(): void {
    process.off('exit', this.onExit);
    this.killAll();
    this.input.end('keep\n');
  }

  private end(): void {
    this.killAll();
    if (!this.keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private killAll(): void {
    for (const pid of this.pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    this.pids.clear();
  }
}
