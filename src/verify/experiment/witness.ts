import { type CounterSnapshot, counterDelta } from '../../target/counters.ts';
import { hitTokens, type Witnessed } from '../evidence/trust.ts';
import type { CounterWatch } from './counter-watch.ts';
import { type Connection, type Dispatch, PROBE, type Sender } from './sender.ts';

export type Asked = Dispatch & Pick<Witnessed, 'directId' | 'promptTokens' | 'isNew'>;

/** Sends one request at a time, so that the engines' own counters say who served it. */
export class Witness {
  readonly seen: Witnessed[] = [];
  readonly #watch: CounterWatch;
  readonly #sender: Sender;
  #last: CounterSnapshot | undefined;
  #gatewayServer: string | undefined;
  readonly #engineServers = new Set<string>();

  constructor(watch: CounterWatch, sender: Sender) {
    this.#watch = watch;
    this.#sender = sender;
  }

  /** `Server` header of the gateway's last answer; null where it may be an engine's, passed on. */
  get gatewayVersion(): string | null {
    const server = this.#gatewayServer;
    return server === undefined || this.#engineServers.has(server) ? null : server;
  }

  /** On a connection of its own unless one is given. */
  async ask(asked: Asked, given?: Connection): Promise<Witnessed> {
    const before = (this.#last ??= await this.#watch.look());
    const connection = given ?? this.#sender.connect(asked);
    try {
      const { sample, headers } = await connection.ask(asked);
      this.#hear(asked.directId, headers['server']);
      const expected = sample.status === 200 ? 1 : 0;
      this.#last = await this.#watch.settle(before, expected, asked.directId !== null);
      const delta = counterDelta(before, this.#last);
      const witnessed: Witnessed = {
        sample,
        directId: asked.directId,
        promptTokens: asked.promptTokens,
        isNew: asked.isNew,
        counted: this.#watch.countedBy(delta),
        hits: hitTokens(delta, this.#watch.engines.length),
      };
      this.seen.push(witnessed);
      return witnessed;
    } finally {
      if (!given) await connection.close();
    }
  }

  #hear(directId: string | null, server: string | undefined): void {
    if (directId === null) this.#gatewayServer = server;
    else if (server !== undefined) this.#engineServers.add(server);
  }

  /** Something else was sent since: what it counted is nobody's. */
  forget(): void {
    this.#last = undefined;
  }

  /** All at once: told are only the requests that each engine counted. */
  async askAtOnce(all: readonly Asked[]): Promise<Record<string, number>> {
    const before = (this.#last ??= await this.#watch.look());
    const samples = await this.#sender.send('prime', all, {
      labels: PROBE,
      concurrency: all.length,
    });
    const answered = samples.filter((it) => it.status === 200).length;
    this.#last = await this.#watch.settle(before, answered, false);
    return this.#watch.countedBy(counterDelta(before, this.#last)) ?? {};
  }
}
