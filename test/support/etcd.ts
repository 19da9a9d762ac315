import { cpSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Program } from './control-plane-binary.js';
import type { ProcessGuard } from './process-guard.js';
import { startServing, type ServerProcess } from './server-process.js';

export interface EtcdOptions {
  readonly program: Program;
  readonly folder: string;
  readonly guard: ProcessGuard;
  readonly clientPort: number;
  readonly peerPort: number;
}

/** etcd with its data in a folder, spoken to by its JSON gateway. */
export class Etcd {
  readonly url: string;
  readonly data: string;
  process: ServerProcess | null = null;
  private readonly options: EtcdOptions;

  constructor(options: EtcdOptions) {
    this.options = options;
    this.url = `http://127.0.0.1:${options.clientPort}`;
    this.data = join(options.folder, 'etcd');
  }

  async start(): Promise<void> {
    const { program, folder, guard, peerPort } = this.options;
    const peer = `http://127.0.0.1:${peerPort}`;
    const args = [
      ...['--name', 'test', '--data-dir', this.data, '--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `test=${peer}`],
      ...['--unsafe-no-fsync', '--quota-backend-bytes', '8589934592', '--log-level', 'warn'],
    ];
    const serves = async (): Promise<boolean> => this.revision().then(() => true, () => false);
    this.process = await startServing({ name: 'etcd', program, args, log: join(folder, 'etcd.log'), cwd: folder, guard }, serves);
  }

  async kill(): Promise<void> {
    await this.process?.kill();
  }

  /** The store's revision. */
  async revision(): Promise<number> {
    const answer = await this.post('/v3/kv/range', { key: 'AA==', limit: 1 });
    return Number(answer.header.revision);
  }

  async compact(revision: number): Promise<void> {
    await this.post('/v3/kv/compaction', { revision: String(revision), physical: true });
  }

  /**
   * Copies the data while etcd is stopped by SIGSTOP: what lies there is what a kill at that moment would leave (the log
   * is written before a change is acknowledged), and etcd recovers from that. Returns the revision copied.
   */
  async copyTo(folder: string): Promise<number> {
    const revision = await this.revision();
    this.process?.signal('SIGSTOP');
    try {
      cpSync(this.data, folder, { recursive: true });
    } finally {
      this.process?.signal('SIGCONT');
    }
    return revision;
  }

  private async post(path: string, body: unknown): Promise<{ header: { revision: string } }> {
    return new Promise((done, fail) => {
      const sent = request(`${this.url}${path}`, { method: 'POST', agent: false, timeout: 10_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', fail).once('end', () => {
          if (response.statusCode === 200) done(JSON.parse(text));
          else fail(new Error(`etcd ${path}: ${response.statusCode} ${text}`));
        });
      });
      sent.once('timeout', () => sent.destroy(new Error(`etcd ${path}: no answer`))).once('error', fail);
      sent.end(JSON.stringify(body));
    });
  }
}
