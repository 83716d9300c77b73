import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { GatewayLogger } from '../runtime-services.ts';

/** What the process opens besides connections, with room to spare. */
const OTHERS = 32;
/** A flood of connections is one line in this time. */
const SAID_EVERY_MS = 60_000;

/**
 * Keeps a server from taking all file descriptors for its clients: every client may need one more to
 * an engine. Those beyond are closed at once and said so in the log, as is a failing `accept`.
 */
export function spareDescriptors(
  server: Server,
  { clock, log }: { clock: Clock; log: GatewayLogger },
): void {
  let saidMs = -Infinity;
  const say = (what: string): void => {
    if (clock.nowMs() - saidMs < SAID_EVERY_MS) return;
    saidMs = clock.nowMs();
    log('warn', what);
  };
  const limit = descriptorLimit();
  if (limit !== undefined) {
    server.maxConnections = Math.max(8, Math.floor((limit - OTHERS) / 2));
    const most = `more than ${server.maxConnections} client connections`;
    server.on('drop', () =>
      say(`${most}: further ones are closed, file descriptors would run out (ulimit -n ${limit})`),
    );
  }
  server.on('listening', () =>
    server.on('error', (error) => say(`cannot accept: ${messageOf(error)}`)),
  );
}

/** Undefined where there is none, or the system does not say. */
function descriptorLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const found = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}
