import type { Clock } from '../base/clock.ts';
import { KvcacheError } from '../base/errors.ts';
import { pollUntil } from '../base/poll.ts';
import { ControllerClient } from '../net/controller/controller-client.ts';
import type { Holding } from '../protocol/lmcache.ts';
import type { ChatSetting } from './chat.ts';
import { type EngineProfile, engineProfiles, rootOf } from './engine-profile.ts';
import { Ruler } from './ruler.ts';
import type { EngineTarget, Targets } from './targets.ts';
import { TIMING } from './timing.ts';

/** The gateway under test, as a stranger sees it. */
export interface GatewayTarget {
  url: string;
  metricsUrl: string | null;
}

/** Everything the experiment talks to. Close it when done. */
export class Deployment {
  readonly targets: Targets;
  readonly gateway: GatewayTarget;
  readonly chat: ChatSetting;
  readonly clock: Clock;
  /** How long prompts are. */
  readonly ruler: Ruler;
  #profiles: Promise<EngineProfile[]> | undefined;
  readonly #controller: ControllerClient | undefined;

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
    this.ruler = new Ruler(
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
      });
    }
  }

  get engines(): readonly EngineTarget[] {
    return this.targets.engines;
  }

  get controllerDialect(): string | null {
    return this.#controller?.dialect ?? null;
  }

  /** Token ids of the chat request with this prompt; none where no server tokenizes. */
  async tokenize(prompt: string): Promise<readonly number[]> {
    return (await this.ruler.tokenizeIds(prompt)) ?? [];
  }

  /** Every engine as it describes itself; asked once. */
  profiles(): Promise<EngineProfile[]> {
    return (this.#profiles ??= engineProfiles(this.targets, this.chat.signal));
  }

  /** Who holds the prompt; nothing without a controller or when it fails, which is no answer either. */
  async lookup(tokens: readonly number[]): Promise<Holding[]> {
    if (!this.#controller) return [];
    const { signal } = this.chat;
    try {
      const { dialect } = await this.#controller.detect();
      const layout = await this.#controller.lookup(
        {
          tokens: { json: JSON.stringify(tokens), count: tokens.length },
          model: await this.#indexedModel(dialect),
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

  /** A coordinator knows the model by what the engine loaded, which is not the name it is served under. */
  async #indexedModel(dialect: string): Promise<string> {
    const { model } = this.targets;
    if (dialect !== 'coordinator') return model;
    return rootOf(model, await this.profiles()) ?? model;
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
    await Promise.all([this.ruler.close(), this.#controller?.close()]);
  }
}
