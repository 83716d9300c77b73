import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { runPhase } from '../../src/load/run-load.ts';
import type { Sample } from '../../src/load/sample.ts';
import { sendAll } from '../../src/load/send.ts';
import { createLoadClient, type LoadClient } from '../../src/net/load-client.ts';
import { type Shape, SHAPES } from './answer-shapes.ts';

const PIECE_MS = 100;
const REQUEST = { body: Buffer.from('{}'), group: '' };
const LABELS = { phase: 'measure', arm: '', block: 0 } as const;

/** Sends one shape; time stands still but for 100 ms before each piece. */
class Stage {
  readonly #shape: Shape;
  /** Of the body, as the client has read it. */
  #readBytes = 0;
  #onRead: () => void = () => {};
  #nowMs = 0;
  readonly clock: Clock = { nowMs: () => this.#nowMs, wallMs: () => 0, at: () => () => {} };

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  async play(socket: Socket): Promise<void> {
    const { status = 200, contentType = 'text/event-stream', ending = 'close' } = this.#shape;
    const isChunked = ending === 'chunked' || ending === 'cut';
    const type = contentType === null ? '' : `content-type: ${contentType}\r\n`;
    const framing = isChunked ? 'transfer-encoding: chunked' : 'connection: close';
    socket.write(`HTTP/1.1 ${status} X\r\n${type}${framing}\r\n\r\n`);
    let sentBytes = 0;
    for (const piece of this.#shape.pieces) {
      this.#nowMs += PIECE_MS;
      const bytes = Buffer.from(piece);
      const chunk = isChunked ? [`${bytes.length.toString(16)}\r\n`, bytes, '\r\n'] : [bytes];
      socket.write(Buffer.concat(chunk.map((part) => Buffer.from(part))));
      sentBytes += bytes.length;
      while (this.#readBytes < sentBytes) await new Promise<void>((it) => (this.#onRead = it));
    }
    if (ending === 'chunked') socket.end('0\r\n\r\n');
    else if (ending === 'reset') socket.resetAndDestroy();
    else socket.end(ending === 'cut' ? 'ff\r\ndata' : '');
  }

  /** A client that tells what it has read. */
  watched(client: LoadClient): LoadClient {
    return {
      post: (body, sink) =>
        client.post(body, {
          onSent: () => sink.onSent(),
          onHead: (status, headers) => sink.onHead(status, headers),
          onBytes: (chunk) => {
            sink.onBytes(chunk);
            this.#readBytes += chunk.length;
            this.#onRead();
          },
          onEnd: () => sink.onEnd(),
          onFailure: (error) => sink.onFailure(error),
        }),
      close: () => client.close(),
    };
  }
}

type Send = (client: LoadClient, clock: Clock) => Promise<Sample>;

/** As `verify` sends its requests, and as `load` does. */
const WAYS: Record<string, Send> = {
  sendAll: async (client, clock) => {
    const setting = { clock, originMs: 0, timeoutMs: 1000, concurrency: 1, labels: LABELS };
    return (await sendAll([{ request: REQUEST, client }], setting))[0]!;
  },
  runPhase: async (client, clock) => {
    const samples: Sample[] = [];
    await runPhase(
      {
        labels: LABELS,
        load: { kind: 'closed', concurrency: 1 },
        requests: 1,
        timeoutMs: 1000,
        maxErrorRate: 1,
      },
      { client, clock, originMs: 0, source: () => REQUEST, record: (it) => samples.push(it) },
    );
    return samples[0]!;
  },
};

async function sampleOf(shape: Shape, send: Send): Promise<Sample> {
  const stage = new Stage(shape);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => void stage.play(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = createLoadClient({ url, connections: 1, connectTimeoutMs: 1000 });
  try {
    return await send(stage.watched(client), stage.clock);
  } finally {
    await client.close();
    server.close();
  }
}

describe.each(Object.entries(WAYS))('%s', (_, send) => {
  it.each(SHAPES.map((shape) => [shape.name, shape] as const))('%s', async (_name, shape) => {
    const sample = await sampleOf(shape, send);
    const told = { failure: sample.failure, problem: sample.problem };
    expect(told).toEqual({
      failure: shape.failure,
      problem: shape.failure ? expect.stringMatching(shape.problem ?? /./) : undefined,
    });
    if (shape.failure === undefined || shape.firstAt !== undefined) {
      const { firstAt } = shape;
      expect(sample.firstTokenMs).toBe(
        firstAt === undefined ? undefined : (firstAt + 1) * PIECE_MS,
      );
    }
    if (shape.failure !== undefined) return;
    expect(sample.outputTokens).toBe(shape.outputTokens);
    expect(sample.cachedTokens).toBe(shape.cachedTokens);
    if (shape.finishReason !== undefined) expect(sample.finishReason).toBe(shape.finishReason);
  });
});
