import { Server, type Socket } from 'node:net';
import { ServedConnection, type ServedConnectionOptions } from './served-connection.ts';

/** How often connections are looked at for having waited too long. */
const SWEEP_MS = 250;

/**
 * A lean HTTP/1.1 server: whole requests in, answers out. Not yet listening. For what is called
 * thousands of times a second; docs/decisions/0022 says what it costs and what it leaves out.
 */
export class WireServer extends Server {
  readonly #connections = new Set<ServedConnection>();

  constructor(options: ServedConnectionOptions) {
    super({ noDelay: true });
    this.on('connection', (socket: Socket) => {
      const connection = new ServedConnection(socket, options);
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
    this.on('listening', () => {
      const sweep = setInterval(() => this.#sweep(), SWEEP_MS).unref();
      this.once('close', () => clearInterval(sweep));
    });
  }

  closeIdleConnections(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.socket.destroy();
  }

  closeAllConnections(): void {
    for (const { socket } of this.#connections) socket.destroy();
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      if (connection.isOverdue(nowMs)) connection.socket.destroy();
    }
  }
}
