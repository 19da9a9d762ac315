// A git repository served over http on 127.0.0.1, by git's own CGI program (git-http-backend(1)).
import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface GitServer {
  /** `http://127.0.0.1:<port>`; a repository's folder name follows. */
  readonly url: string;
  /** Requests so far. */
  readonly requests: string[];
  /** From now on answers are cut off after so many bytes of a pack. */
  cutAfter(bytes: number | undefined): void;
  close(): Promise<void>;
}

/** Serves the repositories of a folder; `credentials` as `name:password`, when they are to be asked for. */
export async function serveGit(folder: string, credentials?: string): Promise<GitServer> {
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const requests: string[] = [];
  let cut: number | undefined;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const given = request.headers.authorization;
    if (credentials !== undefined && given !== `Basic ${Buffer.from(credentials).toString('base64')}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end('\x1b[31mno entry');
      return;
    }
    answer(backend, folder, request, response, request.method === 'POST' ? cut : undefined);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cutAfter: (bytes) => {
      cut = bytes;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function answer(backend: string, folder: string, request: IncomingMessage, response: ServerResponse, cut: number | undefined): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const env = {
    ...{ PATH: process.env['PATH'], GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
    ...{ REQUEST_METHOD: request.method, PATH_INFO: path, QUERY_STRING: query, REMOTE_ADDR: '127.0.0.1' },
    ...{ CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_PROTOCOL: request.headers['git-protocol'] ?? '' },
  };
  const child = spawn(backend, { env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.once('close', () => {
    const bytes = Buffer.concat(parts);
    const end = bytes.indexOf('\r\n\r\n');
    const headers = bytes.toString('latin1', 0, end).split('\r\n').map((line) => line.split(': ') as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
    const body = bytes.subarray(end + 4);
    for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(status);
    if (cut === undefined || body.length <= cut) response.end(body);
    else response.write(body.subarray(0, cut), () => response.destroy());
  });
}
