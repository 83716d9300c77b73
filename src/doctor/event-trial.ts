import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import { HeardEngine } from '../net/kv-events/heard-engine.ts';
import { PromptChain } from '../net/kv-events/token-chain.ts';
import { TIMING } from '../target/timing.ts';
import { tokenizeEverywhere } from './token-trial.ts';
import { cachedOf, type Trial, type TrialOptions } from './trial.ts';

/** What KV events told of a prompt that their engine was sent. */
export interface EventTrial {
  /** The source was reached, at least for a while. */
  isReached: boolean;
  /** What went wrong last. */
  trouble: Error | undefined;
  /** Since the first prompt was sent, to whichever engine. */
  events: number;
  storedBlocks: number;
  gapsRefilled: number;
  gapsLost: number;
  /** Leading tokens of the prompt that the engine holds by its events; null where nobody tells the prompt's tokens. */
  toldTokens: number | null;
  /** Other engines that hold the prompt by the events given for them. */
  alsoToldBy: readonly string[];
}

/** Follows the events of every engine that has a source, from before the first prompt is sent. */
export class EventEars {
  readonly #ears: ReadonlyMap<string, HeardEngine>;
  readonly #options: TrialOptions;

  constructor(options: TrialOptions) {
    const { clock, targets } = options;
    this.#options = options;
    this.#ears = new Map(
      targets.kvEvents.map(({ endpointId, ...at }) => [endpointId, new HeardEngine(at, clock)]),
    );
  }

  /** Resolves when all are heard or in trouble; past the bound on a probe it resolves too. */
  async reached(): Promise<void> {
    const ears = [...this.#ears.values()];
    const isSettled = (): true | undefined =>
      ears.every(({ isHeard, trouble }) => isHeard || trouble) || undefined;
    await pollUntil(
      () => Promise.resolve(isSettled()),
      this.#within(this.#options.targets.timeoutMs),
    );
  }

  /** Waits until the events tell as much of the trial's prompt as its engine reported; undefined without a source. */
  async hear(trial: Trial): Promise<EventTrial | undefined> {
    const ear = this.#ears.get(trial.engine!.id);
    if (!ear) return undefined;
    const chain = await this.#chainOf(trial);
    const told = (of: HeardEngine): number | null => chain && of.blocks.matchedTokens(chain(of));
    const reported = cachedOf(trial.repeats.at(-1) ?? trial.first) ?? 0;
    const others = (): string[] =>
      [...this.#ears].flatMap(([id, it]) => (it !== ear && (told(it) ?? 0) > 0 ? [id] : []));
    const hasTold = (): boolean =>
      (ear.seen.storedBlocks > 0 && (told(ear) ?? Infinity) >= reported) || others().length > 0;
    const { admissionDeadlineMs } = TIMING;
    await pollUntil(
      () => Promise.resolve(hasTold() || undefined),
      this.#within(ear.seen.wasHeard ? admissionDeadlineMs : 0),
    );
    const { wasHeard, ...seen } = ear.seen;
    return {
      ...seen,
      isReached: wasHeard,
      trouble: ear.trouble,
      toldTokens: told(ear),
      alsoToldBy: others(),
    };
  }

  close(): void {
    for (const ear of this.#ears.values()) ear.close();
  }

  /** Undefined where the engine does not tell its tokens. A request names an adapter as it names a model. */
  async #chainOf({ engine, prompt }: Trial): Promise<((of: HeardEngine) => PromptChain) | null> {
    const { model } = this.#options.targets;
    const { ids } = await tokenizeEverywhere(prompt, this.#options);
    const tokens = ids.get(engine!.id)?.value;
    if (!tokens) return null;
    return ({ blocks }) => new PromptChain(tokens, blocks.adapters.has(model) ? model : '');
  }

  #within(deadlineMs: number): {
    clock: Clock;
    deadlineMs: number;
    intervalMs: number;
    maxIntervalMs: number;
    signal: AbortSignal | undefined;
  } {
    const { clock, signal } = this.#options;
    const { admissionPollMs: intervalMs, admissionPollMaxMs: maxIntervalMs } = TIMING;
    return { clock, deadlineMs, intervalMs, maxIntervalMs, signal };
  }
}
