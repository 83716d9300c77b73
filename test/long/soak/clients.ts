import { Agent, request } from 'node:http';

/** What became of one request: its status, or the system's code for why there was none. */
export type Fate = number | string;

export interface Clients {
  /** Asks until told to stop; resolves then. */
  readonly done: Promise<void>;
  stop(): void;
  /** Fates of all requests so far, and how often each. */
  readonly fates: ReadonlyMap<Fate, number>;
}

/** One POST over a kept connection, its answer read to the end. */
export function post(
  port: number,
  agent: Agent,
  { path = '/v1/completions', body = '{}' } = {},
): Promise<Fate> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(
      { port, host: '127.0.0.1', path, method: 'POST', agent, headers },
      (it) => {
        it.resume();
        it.on('error', () => {});
        it.on('close', () => resolve(it.complete ? it.statusCode! : 'cut'));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

/** Clients that ask one request after the other. */
export function startClients(
  port: number,
  count: number,
  next: () => { path?: string; body?: string } = () => ({}),
): Clients {
  const agent = new Agent({ keepAlive: true });
  const fates = new Map<Fate, number>();
  const over = new AbortController();
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const fate = await post(port, agent, next());
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: count }, client)).then(() => agent.destroy());
  return { done, fates, stop: () => over.abort() };
}

/** How many requests there were. */
export const countOf = ({ fates }: Pick<Clients, 'fates'>): number =>
  [...fates.values()].reduce((sum, count) => sum + count, 0);
