import type { FilterEntry } from './filter.js';

export type SecretsMode = 'digest' | 'plain' | 'skip';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Everything that configuration file, environment and flags decide together; every default is filled in. */
export interface Settings {
  readonly cluster: ClusterSettings;
  readonly repository: { readonly path: string | undefined; readonly branch: string };
  readonly secrets: SecretsMode;
  /** File that holds the key of the Secret digests; default: `<repository>.digest-key`, made when absent. */
  readonly digestKey: string | undefined;
  /** A change is committed at most this many milliseconds after it was seen. */
  readonly windowMs: number;
  readonly include: readonly FilterEntry[];
  readonly exclude: readonly FilterEntry[];
  readonly rules: {
    /** Built-in packs besides `core`. */
    readonly packs: readonly string[];
    /** Files of a person's own rule packs; later ones win. */
    readonly files: readonly string[];
  };
  /** The daemon compares the cluster with its repository this often; 0: never. */
  readonly verify: { readonly everyMs: number };
  readonly serve: { readonly listen: string | undefined };
  readonly log: { readonly level: LogLevel; readonly format: 'text' | 'json' };
}

/** kubectl's flags of the same meaning. */
export interface ClusterSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly as: string | undefined;
  readonly asGroups: readonly string[];
  readonly asUid: string | undefined;
  readonly certificateAuthority: string | undefined;
  readonly tlsServerName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
}
