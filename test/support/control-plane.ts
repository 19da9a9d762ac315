// A real control plane for tests: etcd, kube-apiserver and, where it is there, kube-controller-manager on 127.0.0.1.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, type ApiAnswer, type RequestOptions } from './api-client.js';
import { findControlPlane, HOW_TO_GET_ONE, type ControlPlanePrograms } from './control-plane-binary.js';
import { tokenOf, writeKubeconfig, writeServiceAccountKeys, writeTokens, type User } from './control-plane-files.js';
import { Etcd } from './etcd.js';
import { GUARDED_PREFIX, ProcessGuard } from './process-guard.js';
import { runKubectl, type KubectlOptions, type KubectlResult } from './kubectl.js';
import { freePorts, ServerProcess, startServing } from './server-process.js';

export interface ControlPlaneOptions {
  /** `1.33`: serve the APIs of an older minor version. */
  readonly emulatedVersion?: string;
  /** Default: true where the program is there. True where it is not there is an error. */
  readonly controllerManager?: boolean;
  readonly extraApiServerFlags?: readonly string[];
  /** Default: what findControlPlane() finds. */
  readonly programs?: ControlPlanePrograms;
}

/** A copy of etcd's data at one moment. */
export interface EtcdCopy {
  readonly folder: string;
  /** etcd's revision at that moment; a resourceVersion is a revision. */
  readonly revision: number;
}

/** Every control plane that this process runs: a failed test keeps their logs. */
const running = new Set<ControlPlane>();

export class ControlPlane {
  /** `https://127.0.0.1:PORT`; the same after every restart. */
  readonly server: string;
  readonly folder: string;
  readonly programs: ControlPlanePrograms;
  private readonly options: ControlPlaneOptions;
  private readonly port: number;
  private readonly guard: ProcessGuard;
  private readonly etcd: Etcd;
  private apiServer: ServerProcess | null = null;
  private controllers: ServerProcess | null = null;
  private client: ApiClient | null = null;
  private copies = 0;
  private keepLogs = false;

  private constructor(folder: string, programs: ControlPlanePrograms, options: ControlPlaneOptions, ports: readonly number[]) {
    const [port = 0, etcdClient = 0, etcdPeer = 0] = ports;
    this.folder = folder;
    this.programs = programs;
    this.options = options;
    this.port = port;
    this.server = `https://127.0.0.1:${port}`;
    this.guard = ProcessGuard.over(folder);
    this.etcd = new Etcd({ program: programs.programs.etcd, folder, guard: this.guard, clientPort: etcdClient, peerPort: etcdPeer });
  }

  /** Starts all servers and waits until they serve. Throws where there is no control plane: see controlPlaneOrSkip(). */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const programs = options.programs ?? (await findControlPlane());
    if (programs === null) throw new Error(`There is no control plane: ${HOW_TO_GET_ONE}`);
    const folder = mkdtempSync(join(tmpdir(), GUARDED_PREFIX));
    const plane = new ControlPlane(folder, programs, options, await freePorts(3));
    running.add(plane);
    try {
      writeTokens(folder);
      writeServiceAccountKeys(folder);
      await plane.etcd.start();
      await plane.startApiServer();
      if (options.controllerManager ?? programs.programs['kube-controller-manager'] !== undefined) await plane.startControllerManager();
      return plane;
    } catch (error) {
      plane.keepLogs = true;
      await plane.stop();
      throw error;
    }
  }

  /** Ends all servers at once and removes the folder; after a failed test the logs stay, and where is printed. */
  async stop(): Promise<void> {
    running.delete(this);
    this.client?.close();
    await Promise.all([this.controllers?.kill(), this.apiServer?.kill(), this.etcd.kill()]);
    if (this.keepLogs) process.stderr.write(`  the control plane's logs are kept in ${this.folder}\n`);
    this.guard.close();
    for (const name of this.keepLogs ? ['etcd', 'certificates', 'copies', 'home'] : ['']) {
      rmSync(join(this.folder, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** The raw client: request, watch, create, get, find, replace, patch, delete, list. */
  get api(): ApiClient {
    if (this.client === null) throw new Error('The API server has not been started');
    return this.client;
  }

  /** The server's CA, PEM. */
  get ca(): string {
    return readFileSync(join(this.folder, 'certificates', 'apiserver.crt'), 'utf8');
  }

  /** Process ids of what runs: etcd, API server, controller-manager. */
  get pids(): readonly number[] {
    return [this.etcd.process, this.apiServer, this.controllers].flatMap((server) => (server?.running === true ? [server.pid] : []));
  }

  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer> {
    return this.api.request(method, path, body, options);
  }

  /** Path of a kubeconfig for a user, with an optional default namespace. */
  kubeconfig(user: User = 'admin', namespace?: string): string {
    const file = join(this.folder, `kubeconfig-${user}${namespace === undefined ? '' : `-${namespace}`}`);
    return writeKubeconfig(file, { server: this.server, ca: this.ca, user, token: tokenOf(user), ...(namespace === undefined ? {} : { namespace }) });
  }

  /** Runs the real kubectl; throws when it fails, unless `mayFail`. */
  async kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const home = join(this.folder, 'home');
    return runKubectl(this.programs.programs.kubectl, args, { ...options, home, kubeconfig: this.kubeconfig(options.user) });
  }

  /** Starts the API server on its port, with what etcd holds; nothing when it runs. */
  async startApiServer(): Promise<void> {
    if (this.apiServer?.running === true) return;
    const program = this.programs.programs['kube-apiserver'];
    const serves = async (): Promise<boolean> => {
      if (!existsSync(join(this.folder, 'certificates', 'apiserver.crt'))) return false;
      if (this.client?.ca !== this.ca) this.client = new ApiClient(this.server, this.ca);
      return answersOk(this.client, '/readyz');
    };
    this.apiServer = await startServing({ name: 'kube-apiserver', program, args: this.apiServerArguments(), log: join(this.folder, 'kube-apiserver.log'), cwd: this.folder, guard: this.guard }, serves);
  }

  /** SIGTERM: open requests are let finish; SIGKILL after 3 s. */
  async stopApiServer(): Promise<void> {
    await this.apiServer?.stop(3000);
    this.client?.dropConnections();
  }

  /** SIGKILL: connections are reset. */
  async killApiServer(): Promise<void> {
    await this.apiServer?.kill();
    this.client?.dropConnections();
  }

  /** Starts the controller-manager; the first time, waits until it works (the default ServiceAccount is there). */
  async startControllerManager(): Promise<void> {
    if (this.controllers?.running === true) return;
    const program = this.programs.programs['kube-controller-manager'];
    if (program === undefined) throw new Error(`There is no kube-controller-manager in ${this.programs.location}`);
    const options = { name: 'kube-controller-manager', program, args: this.controllerArguments(), log: join(this.folder, 'kube-controller-manager.log'), cwd: this.folder, guard: this.guard };
    this.controllers = await startServing(options, () => answersOk(this.api, '/api/v1/namespaces/default/serviceaccounts/default'));
  }

  async stopControllerManager(): Promise<void> {
    await this.controllers?.kill();
    this.controllers = null;
  }

  /** etcd's revision now: the resourceVersion of the newest write. */
  etcdRevision(): Promise<number> {
    return this.etcd.revision();
  }

  /** Compacts etcd up to a revision (default: now), physically. */
  async compactEtcd(revision?: number): Promise<void> {
    await this.etcd.compact(revision ?? (await this.etcd.revision()));
  }

  /** A copy of the store as it is now. etcd stands still meanwhile (some 10 ms); nothing restarts. */
  async copyEtcd(): Promise<EtcdCopy> {
    const folder = join(this.folder, 'copies', String(++this.copies));
    mkdirSync(join(folder, '..'), { recursive: true });
    return { folder, revision: await this.etcd.copyTo(folder) };
  }

  /** The cluster goes back to the moment of the copy: servers stop, the copy is put back, servers start on their ports. */
  async restoreEtcd(copy: EtcdCopy): Promise<void> {
    const controllers = this.controllers?.running === true;
    await this.stopControllerManager();
    await this.killApiServer();
    await this.etcd.kill();
    rmSync(this.etcd.data, { recursive: true });
    cpSync(copy.folder, this.etcd.data, { recursive: true });
    await this.etcd.start();
    await this.startApiServer();
    if (controllers) await this.startControllerManager();
  }

  /** From now on stop() keeps the logs. */
  keepLogsOnStop(): void {
    this.keepLogs = true;
    this.guard.keepFolder();
  }

  private apiServerArguments(): string[] {
    const file = (name: string): string => join(this.folder, name);
    const emulated = this.options.emulatedVersion;
    return [
      ...['--etcd-servers', this.etcd.url, '--bind-address', '127.0.0.1', '--secure-port', String(this.port), '--cert-dir', file('certificates')],
      ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-account-key-file', file('service-accounts.pub')],
      ...['--service-account-signing-key-file', file('service-accounts.key'), '--token-auth-file', file('tokens.csv')],
      ...['--authorization-mode', 'RBAC', '--service-cluster-ip-range', '10.0.0.0/16', '--allow-privileged', '--endpoint-reconciler-type', 'none'],
      ...(emulated === undefined ? [] : [`--emulated-version=kube=${emulated}`]),
      ...(this.options.extraApiServerFlags ?? []),
    ];
  }

  /** One client for all controllers and a high rate: with a service account each, the start takes 5 s instead of 0.3. */
  private controllerArguments(): string[] {
    const emulated = this.options.emulatedVersion;
    return [
      ...['--kubeconfig', this.kubeconfig(), '--root-ca-file', join(this.folder, 'certificates', 'apiserver.crt'), '--secure-port', '0'],
      ...['--service-account-private-key-file', join(this.folder, 'service-accounts.key'), '--leader-elect=false', '--controllers=*', '--kube-api-qps', '500', '--kube-api-burst', '1000'],
      ...(emulated === undefined ? [] : [`--emulated-version=kube=${emulated}`]),
    ];
  }
}

/** Marks the control planes of this process as those of a failed test. */
export function keepControlPlaneLogs(): void {
  for (const plane of running) plane.keepLogsOnStop();
}

async function answersOk(client: ApiClient, path: string): Promise<boolean> {
  try {
    return (await client.request('GET', path, undefined, { timeoutMs: 2000 })).status === 200;
  } catch {
    return false; // refused or reset: it does not serve yet; waitFor() reports the log when it never does
  }
}
