import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createRandom, type Random } from '../../../src/base/random.ts';

const LENGTH = /^content-length: (\d+)\r$/im;
const ID = /^x-request-id: (\S+)\r$/im;
const STEP_MS = 6;

/** An engine that takes its time for each part of an answer, and can be killed within any. */
export class MortalEngine {
  /** Ids of the requests it got, as often as it got them. */
  readonly seen: string[] = [];
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Everything at once, as a process that is killed: connections end, and no new ones are taken. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) {
      if (this.#random.next() < 0.5) socket.destroy();
      else socket.resetAndDestroy();
    }
    await new Promise((resolve) => this.#server!.close(resolve));
  }

  #serve(socket: Socket): void {
    let text = '';
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const head = text.slice(0, headEnd + 2);
      if (text.length < headEnd + 4 + Number(LENGTH.exec(head)?.[1] ?? 0)) return;
      text = '';
      this.seen.push(ID.exec(head)![1]!);
      void this.#answer(socket);
    });
  }

  /** Half of them streams. The head comes in two parts, the body in three. */
  async #answer(socket: Socket): Promise<void> {
    const isStream = this.#random.next() < 0.5;
    const parts = isStream
      ? [
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n',
          'transfer-encoding: chunked\r\n\r\n',
          '9\r\ndata: 1\n\n\r\n',
          '9\r\ndata: 2\n\n\r\n',
          '0\r\n\r\n',
        ]
      : ['HTTP/1.1 200 OK\r\nconten', 't-length: 9\r\n\r\n', 'one', 'two', 'end'];
    for (const part of parts) {
      await new Promise((resolve) => setTimeout(resolve, this.#random.next() * 2 * STEP_MS));
      if (socket.destroyed) return;
      socket.write(part);
    }
  }
}
