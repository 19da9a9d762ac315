// A network in between: node --import tsx bench/distance.ts PORT RTT_MS passes connections on to 127.0.0.1:PORT, each byte half the round trip later in
// either direction. Prints its own port. A process of its own, so that what is measured does not wait for it.
import { connect, createServer, type Socket } from 'node:net';

const [, , port = '', rtt = '20'] = process.argv;
const half = Number(rtt) / 2;

/** In order, because timers of one duration fire in the order in which they were set. */
function later(from: Socket, to: Socket): void {
  from.on('data', (bytes: Buffer) => { setTimeout(() => { if (!to.destroyed) to.write(bytes); }, half); });
  from.on('end', () => { setTimeout(() => to.end(), half); });
  from.on('close', () => { setTimeout(() => to.destroy(), half); });
  from.on('error', () => { to.destroy(); });
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host: '127.0.0.1', port: Number(port), noDelay: true, allowHalfOpen: true });
  later(near, far);
  later(far, near);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : ''}\n`);
});
