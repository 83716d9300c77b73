import { Server as NetServer } from 'node:net';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Connection } from './connections.ts';
import type { Listener } from './listener.ts';

/** A kept connection on which nothing comes for this long may be closed: whatever its client had sent is here by now. */
const QUIET_MS = 250;
const LOOK_MS = 20;

interface Quiet {
  bytesRead: number;
  sinceMs: number;
}

export interface DrainOptions {
  clock: Clock;
  /** What is still open then is cut; 0 cuts at once. */
  graceMs: number;
}

/**
 * Stops accepting and lets every connection end with an answer: what is under way is the last on its
 * connection, and so is what still arrives on a kept one. Closing kept connections at once, as
 * `server.close` does, would lose the requests on their way here.
 * Returns whether everything finished by itself.
 */
export async function drain(
  { server, connections, state }: Listener,
  { clock, graceMs }: DrainOptions,
): Promise<boolean> {
  const endMs = clock.nowMs() + graceMs;
  // Connections that wait to be accepted get in before the door closes.
  await sleep(clock, Math.min(LOOK_MS, graceMs));
  NetServer.prototype.close.call(server);
  // Not sooner: clients that are sent away come back at once, and would wait at a closed door.
  state.isDraining = true;
  for (const { current } of connections.all) {
    if (current && !current.response.headersSent) current.response.shouldKeepAlive = false;
  }
  const quiet = new Map<Connection, Quiet>();
  while (connections.all.size > 0 && clock.nowMs() < endMs) {
    for (const connection of connections.all) closeWhenQuiet(connection, quiet, clock.nowMs());
    await sleep(clock, Math.min(LOOK_MS, Math.max(0, endMs - clock.nowMs())));
  }
  const isGraceful = connections.all.size === 0;
  server.closeAllConnections();
  // Also ends the timers that look for slow requests.
  server.close(() => {});
  return isGraceful;
}

function closeWhenQuiet(
  connection: Connection,
  quiet: Map<Connection, Quiet>,
  nowMs: number,
): void {
  const { socket, current } = connection;
  const known = quiet.get(connection);
  if (current || known?.bytesRead !== socket.bytesRead) {
    quiet.set(connection, { bytesRead: socket.bytesRead, sinceMs: nowMs });
  } else if (nowMs - known.sinceMs >= QUIET_MS) socket.destroySoon();
}
