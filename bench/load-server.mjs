// The fixed server of the load benchmark: `node load-server.mjs http|canned|varied`. Prints its URL when ready.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const BODY = JSON.stringify({
  id: 'chatcmpl-0',
  object: 'chat.completion',
  model: 'bench',
  served_by: 'bench-engine',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'x'.repeat(180) }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 64, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 48 } },
});

function httpServer() {
  return createHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(BODY);
    });
  });
}

/** Answers every packet with the same bytes: as fast as a server on this runtime can be. */
function cannedServer() {
  const answer = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\nconnection: keep-alive\r\n\r\n${BODY}`,
  );
  return createTcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => socket.destroy());
  });
}

/**
 * Answers as varied as a fleet's: six engines, named in body or header, streams of up to 16 tokens,
 * numbers that never repeat for long, two failures in a hundred.
 */
function variedServer() {
  let count = 0;
  return createTcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', () => socket.write(variedAnswer(count++)));
    socket.on('error', () => socket.destroy());
  });
}

function variedAnswer(index) {
  if (index % 100 === 7) return answer('503 Overloaded', 'application/json', '{"error":"busy"}');
  if (index % 100 === 8) return answer('200 OK', 'text/html', '<html>login</html>');
  const usage = {
    prompt_tokens: 500 + (index % 997),
    completion_tokens: 1 + (index % 16),
    ...(index % 5 > 0 && { prompt_tokens_details: { cached_tokens: 16 * (index % 31) } }),
  };
  const engine = `engine-${index % 6}`;
  if (index % 2 === 0) {
    const message = { role: 'assistant', content: 'x'.repeat(index % 300) + 'y' };
    const body = { served_by: engine, choices: [{ index: 0, message }], usage };
    return answer('200 OK', 'application/json', JSON.stringify(body));
  }
  const events = Array.from({ length: usage.completion_tokens }, (_, at) => ({
    choices: [{ index: 0, delta: { content: `t${at} ` } }],
  }));
  const text = [...events, { choices: [], usage }].map((it) => `data: ${JSON.stringify(it)}\n\n`);
  return answer('200 OK', 'text/event-stream', `${text.join('')}data: [DONE]\n\n`, engine);
}

function answer(status, type, body, pod) {
  const header = pod === undefined ? '' : `x-inference-pod: ${pod}\r\n`;
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n${header}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const SERVERS = { http: httpServer, canned: cannedServer, varied: variedServer };
const server = SERVERS[process.argv[2]]();
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/v1/chat/completions\n`);
});
process.on('disconnect', () => process.exit());
