import { connect } from 'node:net';

export interface RawResponse {
  status: number;
  /** Lower-case names, values as received, in order. */
  headers: [string, string][];
  body: string;
  trailers: [string, string][];
}

export interface RawResult {
  responses: RawResponse[];
  /** The server closed the connection. */
  isClosed: boolean;
  /** Bytes after, or short of, whole responses. */
  rest: string;
}

export interface RawRequest {
  port: number;
  /** Sent one after the other; each waits until the one before was handed to the kernel. */
  pieces: readonly string[];
  /** Methods of the requests sent, for knowing which responses have no body. */
  methods: readonly string[];
  /** Wait until the server closes even when all responses are there. */
  awaitsClose: boolean;
  /** Close our side after sending. */
  endsAfterSending: boolean;
}

const DEADLINE_MS = 5_000;

/** Sends bytes as they are (latin1) and reads what comes back, interim responses included. */
export function rawExchange(request: RawRequest): Promise<RawResult> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(request.port, '127.0.0.1');
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...readResponses(received, request.methods), isClosed });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`nothing more came; so far: ${JSON.stringify(received)}`));
    }, DEADLINE_MS);
    socket.setEncoding('latin1');
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      received += String(chunk);
      const { responses } = readResponses(received, request.methods);
      const finals = responses.filter(({ status }) => status >= 200).length;
      if (!request.awaitsClose && finals >= request.methods.length) finish(false);
    });
    socket.on('close', () => finish(true));
    socket.on('error', () => {});
    void sendPieces();

    async function sendPieces(): Promise<void> {
      for (const piece of request.pieces) {
        await new Promise<void>((sent) => {
          if (socket.destroyed) sent();
          else socket.write(Buffer.from(piece, 'latin1'), () => sent());
        });
      }
      if (request.endsAfterSending) socket.end();
    }
  });
}

function readResponses(
  text: string,
  methods: readonly string[],
): { responses: RawResponse[]; rest: string } {
  const responses: RawResponse[] = [];
  let rest = text;
  let finals = 0;
  for (;;) {
    const next = readResponse(rest, methods[finals] ?? 'GET');
    if (!next) return { responses, rest };
    responses.push(next.response);
    if (next.response.status >= 200) finals += 1;
    rest = next.rest;
  }
}

function readResponse(
  text: string,
  method: string,
): { response: RawResponse; rest: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine, ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine!)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  const headers = lines.map(readField);
  const after = text.slice(headEnd + 4);
  const valueOf = (name: string): string | undefined => headers.find(([it]) => it === name)?.[1];
  const bare = { status, headers, body: '', trailers: [] };
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { response: bare, rest: after };
  }
  if (valueOf('transfer-encoding') === 'chunked') return readChunked(after, bare);
  const length = Number(valueOf('content-length') ?? 0);
  if (after.length < length) return undefined;
  return { response: { ...bare, body: after.slice(0, length) }, rest: after.slice(length) };
}

function readChunked(
  text: string,
  bare: RawResponse,
): { response: RawResponse; rest: string } | undefined {
  let [at, body] = [0, ''];
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size > 0) {
      if (text.length < at + size + 2) return undefined;
      body += text.slice(at, at + size);
      at += size + 2;
      continue;
    }
    if (text.startsWith('\r\n', at)) {
      return { response: { ...bare, body }, rest: text.slice(at + 2) };
    }
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return undefined;
    const trailers = text.slice(at, end).split('\r\n').map(readField);
    return { response: { ...bare, body, trailers }, rest: text.slice(end + 4) };
  }
}

function readField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
