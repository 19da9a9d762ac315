export interface ListenAddress {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

/** What parseListenAddress reads, for messages. */
export const LISTEN_FORMS = 'HOST:PORT, [IPV6]:PORT, :PORT or PORT (0 to 65535)';

/** `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`, `:8080`, `8080`; null for anything else. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([\w.-]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port <= 65_535)) {
    return null;
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? undefined : host, port };
}
