import type { ServerResponse } from 'node:http';

/** Ends the connection under a request: orderly (FIN, after what was written) or with a reset (RST). */
export function breakConnection(response: ServerResponse, mode: 'fin' | 'rst'): void {
  const { socket } = response;
  if (!socket) return;
  if (mode === 'rst') socket.resetAndDestroy();
  else socket.destroySoon();
}
