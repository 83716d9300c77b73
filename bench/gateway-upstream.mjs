/**
 * A fixed, fast upstream for measuring proxies: engine and controller in one, straight on sockets so
 * that it is never what limits. Knows Content-Length framing only. Prints its port.
 */
import { createServer } from 'node:net';

const TOKENS = Array.from({ length: Number(process.argv[2] ?? 900) }, (_, index) => index + 1);

const answer = (body) => {
  const bytes = Buffer.from(JSON.stringify(body));
  return Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`,
    ),
    bytes,
  ]);
};

const CHAT = answer({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'bench',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'x'.repeat(150) }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 900, completion_tokens: 20, total_tokens: 920 },
});
const LOOKUP = answer({ event_id: 'e', layout_info: { a: ['ram', TOKENS.length] } });
const TOKENIZE = answer({ count: TOKENS.length, max_model_len: 131_072, tokens: TOKENS });
const OTHER = answer({});

function replyTo(head) {
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
  if (path === '/lookup') return LOOKUP;
  if (path === '/tokenize') return TOKENIZE;
  return path.startsWith('/v1') ? CHAT : OTHER;
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let pending = Buffer.alloc(0);
  let missing = 0;
  let reply = OTHER;
  socket.on('error', () => {});
  socket.on('data', (data) => {
    let chunk = pending.length === 0 ? data : Buffer.concat([pending, data]);
    pending = Buffer.alloc(0);
    while (chunk.length > 0) {
      if (missing > 0) {
        const used = Math.min(missing, chunk.length);
        missing -= used;
        chunk = chunk.subarray(used);
        if (missing === 0) socket.write(reply);
        continue;
      }
      const end = chunk.indexOf('\r\n\r\n');
      if (end === -1) {
        pending = chunk;
        return;
      }
      const head = chunk.latin1Slice(0, end);
      reply = replyTo(head);
      missing = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      chunk = chunk.subarray(end + 4);
      if (missing === 0) socket.write(reply);
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
