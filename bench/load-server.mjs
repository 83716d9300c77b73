// The fixed server of the load benchmark: `node load-server.mjs http|canned`. Prints its URL when ready.
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

const server = process.argv[2] === 'canned' ? cannedServer() : httpServer();
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/v1/chat/completions\n`);
});
process.on('disconnect', () => process.exit());
