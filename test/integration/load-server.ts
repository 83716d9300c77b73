import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../../src/net/listen.ts';

export interface TestServer {
  url: string;
  /** Bodies received, in order. */
  bodies: { messages: { content: string }[]; stream?: boolean }[];
  [Symbol.asyncDispose]: () => Promise<void>;
}

export type Respond = (
  response: ServerResponse,
  request: IncomingMessage,
  index: number,
) => void | Promise<void>;

/** A real server on a free port that answers chat requests as the test wants. */
export async function testServer(respond: Respond): Promise<TestServer> {
  const bodies: TestServer['bodies'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const index = bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as never) - 1;
      void respond(response, request, index);
    });
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'test server');
  return {
    url,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const ANSWER = JSON.stringify({
  choices: [{ message: { role: 'assistant', content: 'ok' } }],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 2,
    prompt_tokens_details: { cached_tokens: 64 },
  },
});

export function answerJson(response: ServerResponse, body = ANSWER): void {
  response.setHeader('content-type', 'application/json');
  response.end(body);
}

/** Answers chats, and nothing else. */
export const chatOnly = (): Promise<TestServer> =>
  testServer((response, request) => {
    if (request.url === '/v1/chat/completions') answerJson(response);
    else {
      response.statusCode = 404;
      response.end('{"detail":"Not Found"}');
    }
  });

/** Prompts in some order, those of a warm-up too; every process asks whether there is a tokenizer. */
export const askedOf = ({ bodies }: TestServer): string[] =>
  bodies
    .flatMap((body) => body.messages?.map((it) => it.content) ?? [])
    .filter((it) => it !== 'probe')
    .toSorted();
