import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a request expects before it sends its body (RFC 9110 §10.1.1). */
export type Expectation = 'nothing' | 'continue' | 'unknown';

/** A request that was read, with the answer it will get. */
export interface Turn {
  request: IncomingMessage;
  response: ServerResponse;
  expects: Expectation;
}

/** One client's connection. */
export class Connection {
  readonly socket: Socket;
  /** The request being answered; undefined between requests. */
  current: Turn | undefined;
  readonly waiting: Turn[] = [];
  /** Requests that came when too many were waiting. */
  ignored = 0;
  /** What was read last; it may not be whole yet. */
  last: IncomingMessage | undefined;
  /** Bytes of the current request's body that count against the budget. */
  heldBytes = 0;
  /** What to do once every whole request has been answered. */
  afterAnswers: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Whole requests without an answer. One that is itself not whole will never be answered by its handler. */
  get unanswered(): number {
    const read = (this.current ? 1 : 0) + this.waiting.length;
    return read - (read > 0 && this.last?.complete === false ? 1 : 0);
  }
}

/** Requests that may wait on one connection. It ends with the last of them; those behind are not begun. */
const WAITING_MAX = 128;
/** A client that goes on sending all the same is cut off. */
const IGNORED_MAX = 5_000;

/**
 * What is under way on each client connection, one request at a time as in Go and nginx: a client
 * that sends thousands at once must not open as many connections to engines. A request behind one
 * that ends its connection is never begun (RFC 9112 §9.6). A refusal of something broken comes after
 * the answers to what was whole, or the client takes it for one of them.
 */
export class Connections {
  readonly all = new Set<Connection>();
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #handle: (turn: Turn, connection: Connection) => void;
  readonly #release: (connection: Connection) => void;

  /**
   * @param handle begins to answer a request
   * @param release its answer is over, however it ended
   */
  constructor(
    handle: (turn: Turn, connection: Connection) => void,
    release: (connection: Connection) => void,
  ) {
    this.#handle = handle;
    this.#release = release;
  }

  opened(socket: Socket): void {
    const connection = new Connection(socket);
    this.#bySocket.set(socket, connection);
    this.all.add(connection);
    socket.once('close', () => this.all.delete(connection));
  }

  enter(request: IncomingMessage, response: ServerResponse, expects: Expectation): void {
    const connection = this.#bySocket.get(request.socket)!;
    connection.last = request;
    // The last answer has ended the connection; what was read with its request is not begun.
    if (!connection.socket.writable) return;
    const turn = { request, response, expects };
    if (!connection.current) {
      this.#begin(turn, connection);
      return;
    }
    if (connection.ignored > 0 || connection.waiting.length === WAITING_MAX) {
      connection.ignored += 1;
      if (connection.ignored > IGNORED_MAX) connection.socket.destroy();
      return;
    }
    connection.waiting.push(turn);
    if (connection.waiting.length === WAITING_MAX) response.shouldKeepAlive = false;
  }

  /** Runs `action` as soon as the whole requests received on the connection are answered. */
  afterAnswers(socket: Socket, action: () => void): void {
    const connection = this.#bySocket.get(socket);
    if (!connection || connection.unanswered === 0) action();
    else connection.afterAnswers ??= action;
  }

  #begin(turn: Turn, connection: Connection): void {
    connection.current = turn;
    turn.response.on('close', () => this.#ended(connection));
    this.#handle(turn, connection);
  }

  #ended(connection: Connection): void {
    this.#release(connection);
    connection.current = undefined;
    const { socket, waiting, afterAnswers } = connection;
    if (afterAnswers && connection.unanswered === 0) {
      afterAnswers();
      return;
    }
    const next = socket.writable ? waiting.shift() : undefined;
    if (!next) return;
    this.#begin(next, connection);
  }
}
