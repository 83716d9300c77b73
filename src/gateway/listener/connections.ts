import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Answers begun or waiting for their turn. */
  pending: number;
  last: IncomingMessage;
  /** What to do once every whole request has been answered. */
  afterAnswers: (() => void) | undefined;
}

/**
 * What is under way on each client connection. A pipelining client may send whole requests and then
 * something broken; the refusal must come after the answers, or the client takes it for one of them.
 */
export class Connections {
  readonly #connections = new WeakMap<Socket, Connection>();

  enter(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const known = this.#connections.get(socket);
    const connection = known ?? { pending: 0, last: request, afterAnswers: undefined };
    if (!known) this.#connections.set(socket, connection);
    connection.pending += 1;
    connection.last = request;
    response.on('close', () => {
      connection.pending -= 1;
      if (unanswered(connection) === 0) connection.afterAnswers?.();
    });
  }

  /** Runs `action` as soon as the whole requests received on the connection are answered. */
  afterAnswers(socket: Socket, action: () => void): void {
    const connection = this.#connections.get(socket);
    if (!connection || unanswered(connection) === 0) action();
    else connection.afterAnswers ??= action;
  }
}

/** A request that is itself not whole will never be answered by its handler. */
function unanswered({ pending, last }: Connection): number {
  return pending - (pending > 0 && !last.complete ? 1 : 0);
}
