import { homedir } from 'node:os';
import { join } from 'node:path';
import { nearest } from '../lib/nearest.js';
import type { Mistake } from './config-error.js';
import { CONFIG_FILE_VARIABLE, SCALAR_KEYS } from './sources.js';

/** What this program takes from its environment: nothing else reads process.env. */
export interface Environment {
  /** KUBETAPE_CONFIG. */
  readonly configFile: string | undefined;
  /** Scalar keys by path; an empty variable is one that is not set. */
  readonly scalars: ReadonlyMap<string, string>;
  /** Variables that look like misspelled ones of ours. */
  readonly mistakes: readonly Mistake[];
  /** NO_COLOR is set and not empty (no-color.org). */
  readonly noColor: boolean;
  /** TERM is `dumb`: no line may be redrawn. */
  readonly dumbTerminal: boolean;
  readonly home: string;
  /** What can be made again lies here: `$XDG_CACHE_HOME/kubetape`, else `~/.cache/kubetape` (macOS: `~/Library/Caches/kubetape`). */
  readonly cacheFolder: string;
  /** What cannot be made again lies here, journals of restores: `$XDG_STATE_HOME/kubetape`, else `~/.local/state/kubetape`. */
  readonly stateFolder: string;
  /** KUBETAPE_PAGER, else PAGER, set to nothing too (then: no pager); undefined: neither is set. */
  readonly pager: string | undefined;
}

/** KUBETAPE_PAGER is no key of the configuration: whoever sits at the terminal chooses. */
const PAGER_VARIABLE = 'KUBETAPE_PAGER';

/** Reads the environment; never fails, what is wrong in it is in `mistakes`. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const given = (name: string): string | undefined => {
    const value = variables[name];
    return value === undefined || value === '' ? undefined : value;
  };
  const scalars = new Map<string, string>();
  for (const key of SCALAR_KEYS) {
    const value = given(key.env);
    if (value !== undefined) {
      scalars.set(key.path, value);
    }
  }
  return {
    configFile: given(CONFIG_FILE_VARIABLE),
    scalars,
    mistakes: misspelled(variables),
    noColor: given('NO_COLOR') !== undefined,
    dumbTerminal: given('TERM') === 'dumb',
    home: homedir(),
    cacheFolder: cacheFolder(given('XDG_CACHE_HOME')),
    stateFolder: stateFolder(given('XDG_STATE_HOME')),
    pager: variables[PAGER_VARIABLE] ?? variables['PAGER'],
  };
}

/** The XDG base directory specification: a relative path is to be ignored. */
function cacheFolder(xdg: string | undefined): string {
  if (xdg?.startsWith('/') === true) {
    return join(xdg, 'kubetape');
  }
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'kubetape') : join(homedir(), '.cache', 'kubetape');
}

function stateFolder(xdg: string | undefined): string {
  return xdg?.startsWith('/') === true ? join(xdg, 'kubetape') : join(homedir(), '.local', 'state', 'kubetape');
}

/**
 * The environment of a pager, as git makes it: less leaves when all fits on one screen (F), shows colours (R) and lets
 * the text stand when it ends (X), unless LESS says otherwise.
 */
export function pagerEnvironment(variables: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { LESS: 'FRX', LV: '-c', ...variables };
}

/**
 * Unknown KUBETAPE_ variables cannot be refused as such: Kubernetes sets KUBETAPE_PORT, KUBETAPE_SERVICE_HOST and the
 * like in every Pod beside a Service named kubetape. Only near misses of ours are mistakes.
 */
function misspelled(variables: NodeJS.ProcessEnv): Mistake[] {
  const known = [CONFIG_FILE_VARIABLE, PAGER_VARIABLE, ...SCALAR_KEYS.map((key) => key.env)];
  const mistakes: Mistake[] = [];
  for (const name of Object.keys(variables).sort()) {
    if (!name.startsWith('KUBETAPE_') || known.includes(name) || isOther(name)) {
      continue;
    }
    const suffix = nearest(name.slice('KUBETAPE_'.length), known.map((other) => other.slice('KUBETAPE_'.length)));
    if (suffix !== undefined) {
      mistakes.push({ origin: name, path: '', text: `unknown variable; did you mean KUBETAPE_${suffix}?` });
    }
  }
  return mistakes;
}

/** Service links of Kubernetes, and what the tests of this project set. */
function isOther(name: string): boolean {
  return /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT(_\d+_(TCP|UDP|SCTP)(_|$)|$)|^KUBETAPE_TEST_/.test(name);
}

/** The variables that decide how a cluster is reached, as kubectl reads them. */
export function clusterEnvironment(variables: NodeJS.ProcessEnv = process.env): Record<
  'KUBECONFIG' | 'HTTPS_PROXY' | 'HTTP_PROXY' | 'NO_PROXY' | 'KUBERNETES_SERVICE_HOST' | 'KUBERNETES_SERVICE_PORT' | 'home',
  string | undefined
> {
  return {
    KUBECONFIG: variables['KUBECONFIG'],
    HTTPS_PROXY: variables['HTTPS_PROXY'] ?? variables['https_proxy'],
    HTTP_PROXY: variables['HTTP_PROXY'] ?? variables['http_proxy'],
    NO_PROXY: variables['NO_PROXY'] ?? variables['no_proxy'],
    KUBERNETES_SERVICE_HOST: variables['KUBERNETES_SERVICE_HOST'],
    KUBERNETES_SERVICE_PORT: variables['KUBERNETES_SERVICE_PORT'],
    home: homedir(),
  };
}
