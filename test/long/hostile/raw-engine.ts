import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawEngine extends AsyncDisposable {
  readonly port: number;
  /** Requests that arrived whole, in order: their `x-request-id`, those without one their path. */
  readonly seen: string[];
}

/** Answers one request over its socket as it likes, bytes and all. */
export type RawAnswer = (socket: Socket, path: string) => void | Promise<void>;

const LENGTH = /^content-length: (\d+)\r$/im;
const ID = /^x-request-id: (\S+)\r$/im;
const PATH = /^\S+ (\S+)/;

/** A server that reads requests of known length and lets `answer` write whatever it wants. */
export async function startRawEngine(answer: RawAnswer): Promise<RawEngine> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let text = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const head = text.slice(0, headEnd + 2);
      const end = headEnd + 4 + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (text.length < end) return;
      text = text.slice(end);
      const path = PATH.exec(head)![1]!;
      seen.push(ID.exec(head)?.[1] ?? path);
      void answer(socket, path);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const WELL =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\nwell';
