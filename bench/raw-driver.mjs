import { connect } from 'node:net';

/**
 * Sends POST requests over keep-alive connections as fast as the server answers, and counts.
 * It never sleeps: a client that does has to be woken by every answer, the slower the server the
 * more often, and the kernel bills that to the server. Bytes are ready-made, so that on two cores
 * the server is what is busy.
 *
 * @param nextRequest bytes of the next request, head and body
 * @returns requests answered with 200; throws at any other answer
 */
export async function drive(url, { connections, durationMs, nextRequest }) {
  const { hostname, port } = new URL(url);
  const endMs = performance.now() + durationMs;
  let [count, isOver] = [0, false];
  const spin = () => {
    isOver ||= performance.now() >= endMs;
    if (!isOver) setImmediate(spin);
  };
  const connection = () =>
    new Promise((done, fail) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let answer = '';
      const send = () => {
        answer = '';
        if (isOver) socket.destroy();
        else socket.write(nextRequest());
      };
      socket.on('connect', send);
      socket.on('error', fail);
      socket.on('close', () => (isOver ? done() : fail(new Error(`${url} hung up`))));
      socket.on('data', (chunk) => {
        answer += chunk.latin1Slice();
        const bodyAt = answer.indexOf('\r\n\r\n') + 4;
        if (bodyAt < 4 || !isComplete(answer, bodyAt)) return;
        if (!answer.startsWith('HTTP/1.1 200')) throw new Error(answer);
        count++;
        send();
      });
    });
  spin();
  await Promise.all(Array.from({ length: connections }, connection));
  return count;
}

/** By content length, or as a chunked answer that has come to its end. */
function isComplete(answer, bodyAt) {
  const [, length] = /^content-length: (\d+)/im.exec(answer) ?? [];
  if (length !== undefined) return answer.length >= bodyAt + Number(length);
  return answer.endsWith('\r\n0\r\n\r\n');
}
