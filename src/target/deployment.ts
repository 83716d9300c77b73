import type { Clock } from '../base/clock.ts';
import { KvcacheError } from '../base/errors.ts';
import { pollUntil } from '../base/poll.ts';
import { ControllerClient } from '../net/controller/controller-client.ts';
import { eventHoldings } from '../net/kv-events/event-holdings.ts';
import { HeardEngine } from '../net/kv-events/heard-engine.ts';
import type { Holding } from '../protocol/lmcache.ts';
import type { ChatSetting } from './chat.ts';
import { type EngineProfile, engineProfiles, rootOf } from './engine-profile.ts';
import { type Ruler, tokenRuler, usageRuler } from '../load/ruler.ts';
import { TokenMeter } from './ruler.ts';
import type { EngineTarget, Targets } from './targets.ts';
import { TIMING } from './timing.ts';

/** The gateway under test, as a stranger sees it. */
export interface GatewayTarget {
  url: string;
  metricsUrl: string | null;
}

/** Who tells which engine holds a prompt. */
export type HolderSource = 'controller' | 'kv-events';

/** Everything the experiment talks to. Close it when done. */
export class Deployment {
  readonly targets: Targets;
  readonly gateway: GatewayTarget;
  readonly chat: ChatSetting;
  readonly clock: Clock;
  readonly #meter: TokenMeter;
  #profiles: Promise<EngineProfile[]> | undefined;
  readonly #controller: ControllerClient | undefined;
  /** By engine id; of every engine, or none is followed. */
  readonly #heard: ReadonlyMap<string, HeardEngine>;

  constructor(options: {
    targets: Targets;
    gateway: GatewayTarget;
    clock: Clock;
    requestTimeoutMs: number;
    signal?: AbortSignal | undefined;
  }) {
    const { targets, clock, signal } = options;
    this.targets = targets;
    this.gateway = options.gateway;
    this.clock = clock;
    this.chat = { targets, clock, timeoutMs: options.requestTimeoutMs, signal };
    this.#meter = new TokenMeter(
      [...targets.engines.map(({ url }) => url), options.gateway.url],
      this.chat,
    );
    if (targets.controllerUrl !== null) {
      this.#controller = new ControllerClient({
        baseUrl: targets.controllerUrl,
        clock,
        dialect: 'auto',
        detectTimeoutMs: targets.timeoutMs,
        connectionsMax: 8,
        tls: targets.access.tls,
        names: { rootOf: async (name) => rootOf(name, await this.profiles()) },
      });
    }
    this.#heard = this.#controller ? new Map() : earsOf(targets, clock);
  }

  /** A controller, since it is whom a gateway asks; else the KV events of all engines; null where nobody tells. */
  get holdersBy(): HolderSource | null {
    if (this.#controller) return 'controller';
    return this.#heard.size > 0 ? 'kv-events' : null;
  }

  get engines(): readonly EngineTarget[] {
    return this.targets.engines;
  }

  get signal(): AbortSignal | undefined {
    return this.chat.signal;
  }

  /** Two ids at one address are one engine, whose requests must not be counted twice. */
  async countable(): Promise<{ id: string; metricsUrl: string }[]> {
    const profiles = await this.profiles();
    const seen = new Set<string>();
    return profiles.flatMap(({ engine, metricsUrl }) => {
      if (seen.has(metricsUrl)) return [];
      seen.add(metricsUrl);
      return [{ id: engine.id, metricsUrl }];
    });
  }

  get controllerDialect(): string | null {
    return this.#controller?.dialect ?? null;
  }

  /** Token ids of the chat request with this prompt; none where no server tokenizes. */
  async tokenizeIds(prompt: string): Promise<readonly number[]> {
    return (await this.#meter.tokenizeIds(prompt)) ?? [];
  }

  hasTokenizer(): Promise<boolean> {
    return this.#meter.hasTokenizer();
  }

  /** How long prompts are: by a tokenizer, or by what real answers bill. */
  async ruler(): Promise<Ruler> {
    return (await this.hasTokenizer())
      ? tokenRuler((prompt) => this.tokenizeIds(prompt))
      : usageRuler((prompt) => this.#meter.countTokens(prompt));
  }

  /** The longest prompt and answer together that every engine takes; undefined when none says. */
  async maxModelTokens(): Promise<number | undefined> {
    const known = (await this.profiles()).flatMap(({ maxModelLength }) => maxModelLength ?? []);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Every engine as it describes itself; asked once. */
  profiles(): Promise<EngineProfile[]> {
    return (this.#profiles ??= engineProfiles(this.targets, this.chat.signal));
  }

  /** Who holds the prompt; nothing where nobody tells, or who does fails, which is no answer either. */
  async lookup(tokens: readonly number[]): Promise<Holding[]> {
    const { model } = this.targets;
    if (!this.#controller) {
      const engines = [...this.#heard].map(([id, { blocks }]) => [id, blocks] as const);
      return eventHoldings(engines, { ids: tokens, model });
    }
    const { signal } = this.chat;
    try {
      const layout = await this.#controller.lookup(
        {
          tokens: { json: JSON.stringify(tokens), count: tokens.length },
          model,
          cacheSalt: '',
        },
        { timeoutMs: this.targets.timeoutMs, signal },
      );
      return layout.holdings;
    } catch (error) {
      if (error instanceof KvcacheError && error.kind === 'target') return [];
      throw error;
    }
  }

  /** Looks up until somebody is named, or until the deadline: admission is asynchronous. */
  async lookupWithin(tokens: readonly number[], deadlineMs: number): Promise<Holding[]> {
    const found = await pollUntil(
      async () => {
        const holdings = await this.lookup(tokens);
        return holdings.length > 0 ? holdings : undefined;
      },
      {
        clock: this.clock,
        deadlineMs,
        intervalMs: TIMING.admissionPollMs,
        maxIntervalMs: TIMING.admissionPollMaxMs,
        signal: this.chat.signal,
      },
    );
    return found ?? [];
  }

  async close(): Promise<void> {
    for (const ear of this.#heard.values()) ear.close();
    await Promise.all([this.#meter.close(), this.#controller?.close()]);
  }
}

/** What one engine holds says nothing of who holds most while another is not followed. */
function earsOf({ engines, kvEvents }: Targets, clock: Clock): Map<string, HeardEngine> {
  const sources = new Map(kvEvents.map(({ endpointId, ...at }) => [endpointId, at]));
  if (!engines.every(({ id }) => sources.has(id))) return new Map();
  return new Map(engines.map(({ id }) => [id, new HeardEngine(sources.get(id)!, clock)]));
}
