import type { Socket } from 'node:net';

/** Larger bodies are cheaper beside their head than copied behind it. */
const JOINED_BYTES_MAX = 64 * 1024;

/** Written from again and again: an allocation per request costs more than the write. */
let scratch = Buffer.allocUnsafeSlow(JOINED_BYTES_MAX);

/** Writes head and body in one piece where that is cheaper. Nothing else may wait to be written. */
export function writeJoined(socket: Socket, head: string, body: Buffer | undefined): void {
  if (!body) {
    socket.write(head, 'latin1');
    return;
  }
  const length = head.length + body.length;
  if (length > JOINED_BYTES_MAX) {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
    return;
  }
  scratch.write(head, 0, 'latin1');
  body.copy(scratch, head.length);
  socket.write(scratch.subarray(0, length));
  // What the system has not taken yet still lies in there.
  if (socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(JOINED_BYTES_MAX);
}
