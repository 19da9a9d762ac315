// The files that the servers and their clients read: tokens, keys, kubeconfigs.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `admin` may do everything; the others may do what a test grants them (every authenticated user may do discovery). */
export type User = 'admin' | 'mirror' | 'tenant' | 'viewer' | 'nobody';
export const USERS: readonly User[] = ['admin', 'mirror', 'tenant', 'viewer', 'nobody'];

/** The bearer token of a user. `nobody` has one, too: authenticated, without rights. */
export function tokenOf(user: User): string {
  return `token-of-${user}`;
}

/** The API server's --token-auth-file. */
export function writeTokens(folder: string): string {
  const file = join(folder, 'tokens.csv');
  const lines = USERS.map((user) => `${tokenOf(user)},${user},uid-${user}${user === 'admin' ? ',"system:masters"' : ',"kubetape-tests"'}`);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** The key pair that signs service account tokens. */
export function writeServiceAccountKeys(folder: string): { readonly publicKey: string; readonly privateKey: string } {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const files = { publicKey: join(folder, 'service-accounts.pub'), privateKey: join(folder, 'service-accounts.key') };
  writeFileSync(files.publicKey, pair.publicKey);
  writeFileSync(files.privateKey, pair.privateKey, { mode: 0o600 });
  return files;
}

export interface KubeconfigContent {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly user: string;
  readonly token: string;
  readonly namespace?: string;
}

/** Writes a kubeconfig with one context, `test`. JSON is YAML. */
export function writeKubeconfig(file: string, content: KubeconfigContent): string {
  const context = { cluster: 'test', user: content.user, ...(content.namespace === undefined ? {} : { namespace: content.namespace }) };
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: content.server, 'certificate-authority-data': Buffer.from(content.ca).toString('base64') } }],
    users: [{ name: content.user, user: { token: content.token } }],
    contexts: [{ name: 'test', context }],
  };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
  return file;
}
