/**
 * A fixed, fast upstream for measuring proxies: engine and controller in one, straight on sockets so
 * that it is never what limits. Knows Content-Length framing only. A request with `x-chunks: N` is
 * answered with N events, each with the time it was written, the first right behind the head. Prints its port.
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
const LOOKUP = answer({
  event_id: 'e',
  layout_info: { a: ['ram', TOKENS.length], 'engine-0': ['ram', TOKENS.length] },
});
/** What an authorizer says: nginx cannot keep a connection whose answer has a body it does not read. */
const ALLOWED = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const CHUNK_GAP_MS = 20;
const TOKENIZE = answer({ count: TOKENS.length, max_model_len: 131_072, tokens: TOKENS });
const OTHER = answer({});

function replyTo(head) {
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
  if (path === '/lookup') return LOOKUP;
  if (path === '/authorize') return ALLOWED;
  if (path === '/tokenize') return TOKENIZE;
  return path.startsWith('/v1') ? CHAT : OTHER;
}

const wallMs = () => performance.timeOrigin + performance.now();

function stream(socket, chunks) {
  const chunk = () => {
    const event = `data: {"at":${wallMs()}}\n\n`;
    return `${event.length.toString(16)}\r\n${event}\r\n`;
  };
  socket.write(STREAM_HEAD + chunk());
  let sent = 1;
  const timer = setInterval(() => {
    if (sent < chunks) socket.write(chunk());
    if (++sent < chunks && !socket.destroyed) return;
    clearInterval(timer);
    socket.write('0\r\n\r\n');
  }, CHUNK_GAP_MS);
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let pending = Buffer.alloc(0);
  let missing = 0;
  let send = () => {};
  socket.on('error', () => {});
  socket.on('data', (data) => {
    let chunk = pending.length === 0 ? data : Buffer.concat([pending, data]);
    pending = Buffer.alloc(0);
    while (chunk.length > 0) {
      if (missing > 0) {
        const used = Math.min(missing, chunk.length);
        missing -= used;
        chunk = chunk.subarray(used);
        if (missing === 0) send();
        continue;
      }
      const end = chunk.indexOf('\r\n\r\n');
      if (end === -1) {
        pending = chunk;
        return;
      }
      const head = chunk.latin1Slice(0, end);
      const chunks = Number(/x-chunks: *(\d+)/i.exec(head)?.[1] ?? 0);
      const reply = replyTo(head);
      send = chunks > 0 ? () => stream(socket, chunks) : () => socket.write(reply);
      missing = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      chunk = chunk.subarray(end + 4);
      if (missing === 0) send();
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
