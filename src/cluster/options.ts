/** Milliseconds. Tests shorten them. */
export interface Timeouts {
  /** Until a connection (proxy and TLS included) stands. */
  readonly connectMs: number;
  /** Until the headers of a response. */
  readonly headersMs: number;
  /** The same for a list: a server that buffers it answers late. */
  readonly listHeadersMs: number;
  /** Without a byte on a body that is not a watch. */
  readonly bodyMs: number;
  /** Without a byte on a watch; bookmarks come about each minute. */
  readonly watchSilenceMs: number;
  /** Between two HTTP/2 PINGs; one that is not answered until the next ends the connection. */
  readonly pingMs: number;
  /** Between two looks at a token file; client-go uses the same. */
  readonly tokenFileMs: number;
  /** Until the credential plugin has answered. */
  readonly credentialsMs: number;
}

export const TIMEOUTS: Timeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  listHeadersMs: 60_000,
  bodyMs: 60_000,
  watchSilenceMs: 150_000,
  pingMs: 30_000,
  tokenFileMs: 60_000,
  credentialsMs: 60_000,
};

export type Protocol = 'h2' | 'http/1.1';

export interface ClusterOptions {
  /** Of this program, for the User-Agent. */
  readonly version: string;
  /** YAML text to plain data; throws on broken text. (js-yaml lives in config/.) */
  readonly parseYaml: (text: string) => unknown;
  /** Namespaces that the filter names: their UIDs identify the cluster where kube-system may not be read. */
  readonly namespaces?: readonly string[];
  /**
   * What is asked for; default HTTP/1.1. HTTP/2 is quicker (bench/micro-http.ts), but on Node 20.20.2 with 1,049 watches
   * on 11 sessions a third of the processes died of a corrupted heap when they ended; with HTTP/1.1 none did.
   */
  readonly protocol?: Protocol;
  readonly timeouts?: Partial<Timeouts>;
  /** In [0, 1): jitter of the watches' server timeout. */
  readonly random?: () => number;
}

/** The environment variables that matter here; read by config/. */
export interface ClusterEnvironment {
  readonly KUBECONFIG?: string | undefined;
  readonly home?: string | undefined;
  readonly HTTPS_PROXY?: string | undefined;
  readonly HTTP_PROXY?: string | undefined;
  readonly NO_PROXY?: string | undefined;
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
  /** Where a pod finds token and ca.crt; default `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly serviceAccountDirectory?: string | undefined;
}
