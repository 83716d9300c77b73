import type { Clock } from '../src/base/clock.ts';
import {
  closeGracefully,
  listen,
  type ListenAddress,
  type ListeningServer,
} from '../src/net/listen.ts';

/** A mock that listens; `close` lets running requests finish for a moment, then cuts them. */
export interface RunningMock {
  role: 'controller' | 'engine';
  id: string;
  url: string;
  metricsUrl: string | null;
  adminUrl: string | null;
  /** Where KV events are published over ZeroMQ and can be asked for again; undefined when they are not. */
  kvEvents?: { zmq: string; replay: string | null };
  close(): Promise<void>;
}

/** Mocks that were started together and are closed together. */
export interface RunningMocks {
  mocks: readonly RunningMock[];
  close: () => Promise<void>;
}

/** What mocks are started in. */
export interface MockSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Told of what goes wrong while serving, one sentence at a time. */
  warn: (problem: string) => void;
}

/** What a ready line says of one mock. */
export type MockAddress = Omit<RunningMock, 'close'> & { pid: number };

/** Long enough for a running answer, short enough for a person who pressed Ctrl-C. */
const CLOSE_GRACE_MS = 1_000;

export interface MockIdentity {
  role: 'controller' | 'engine';
  id: string;
  listen: ListenAddress;
  /** Path of Prometheus metrics and of the admin API below the mock's URL; undefined when it has none. */
  metricsPath?: string;
  adminPath?: string;
}

/**
 * Makes `server` listen and describes it.
 * @throws KvcacheError PORT_TAKEN, PORT_FORBIDDEN or LISTEN_FAILED (kind target)
 */
export async function startMock(
  server: ListeningServer,
  identity: MockIdentity,
): Promise<RunningMock> {
  const { role, id, metricsPath, adminPath } = identity;
  const { url } = await listen(server, identity.listen, `mock ${role} ${id}`);
  return {
    role,
    id,
    url,
    metricsUrl: metricsPath === undefined ? null : url + metricsPath,
    adminUrl: adminPath === undefined ? null : url + adminPath,
    close: async () => {
      await closeGracefully(server, CLOSE_GRACE_MS);
    },
  };
}

/** The one line a mock prints on stdout when it accepts requests, without its newline. */
export function readyLine(mocks: readonly RunningMock[], isFleet: boolean, pid: number): string {
  const addresses = mocks.map((mock) => addressOf(mock, pid));
  if (!isFleet) return JSON.stringify({ ready: true, ...addresses[0] });
  return JSON.stringify({
    ready: true,
    controller: addresses.find(({ role }) => role === 'controller') ?? null,
    engines: addresses.filter(({ role }) => role === 'engine'),
    gateway: null,
    workDir: null,
  });
}

function addressOf(mock: RunningMock, pid: number): MockAddress {
  const { role, id, url, metricsUrl, adminUrl, kvEvents } = mock;
  return { role, id, url, metricsUrl, adminUrl, ...(kvEvents && { kvEvents }), pid };
}
