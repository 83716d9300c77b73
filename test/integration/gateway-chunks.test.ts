import { request } from 'node:http';
import { expect, it } from 'vitest';
import { startTestGateway, startUpstream } from '../helpers/gateway.ts';

interface Received {
  chunks: Buffer[];
  trailers: object;
}

/** A chunked answer as Node's own client reads it; `onChunk` is told of each piece. */
function read(url: string, onChunk = (): void => {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    request(url, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        onChunk();
      });
      answer.on('end', () => resolve({ chunks, trailers: answer.trailers }));
      answer.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

const bytesOf = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, at) => at % 256));

it('passes chunks of any size and any bytes on, with their trailers', async () => {
  const pieces = [1, 2, 255, 256, 16_384, 16_385, 70_000].map(bytesOf);
  await using engine = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', trailer: 'x-checksum' });
    for (const piece of pieces) response.write(piece);
    response.addTrailers({ 'x-checksum': 'abc' });
    response.end();
  });
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  const { chunks, trailers } = await read(`${gateway.url}/v1/x`);
  expect(Buffer.concat(chunks).equals(Buffer.concat(pieces))).toBe(true);
  expect(trailers).toEqual({ 'x-checksum': 'abc' });
});

it('passes each event on before the next is there', async () => {
  let send = (): void => {};
  await using engine = await startUpstream((_request, response) => {
    let left = 3;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send = () => {
      if (left-- > 0) response.write(`data: ${left}\n\n`);
      else response.end();
    };
    send();
  });
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  const { chunks } = await read(`${gateway.url}/v1/x`, () => send());
  expect(chunks.map(String)).toEqual(['data: 2\n\n', 'data: 1\n\n', 'data: 0\n\n']);
});
