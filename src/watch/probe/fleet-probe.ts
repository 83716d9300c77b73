import { type Clock, sleep } from '../../base/clock.ts';
import { mixSeed } from '../../base/random.ts';
import { shuffled } from '../../base/shuffled.ts';
import { createChatClient } from '../../load/chat-client.ts';
import { userPrompt } from '../../load/prompts.ts';
import { chatRequest } from '../../load/requests.ts';
import { type Sample, UNLABELLED } from '../../load/sample.ts';
import { sendOne } from '../../load/send.ts';
import { orderedWords } from '../../load/words.ts';
import type { Access } from '../../net/access.ts';
import type { LoadClient } from '../../net/load-client.ts';
import type { FleetReading, ProbeReading } from '../reading.ts';
import type { ProbePlan } from './plan.ts';

/** Counts since the start. */
export interface ProbeCounts extends ProbeReading {
  requests: number;
  /** Prompt and output tokens. */
  tokens: number;
  failures: number;
  /** Rounds left out: the deployment was busy, or the budget of the hour spent. */
  skippedBusy: number;
  skippedBudget: number;
}

export const NO_PROBES: Readonly<ProbeCounts> = {
  requests: 0,
  tokens: 0,
  repeats: 0,
  found: 0,
  failures: 0,
  skippedBusy: 0,
  skippedBudget: 0,
};

export interface ProbeSetting {
  plan: ProbePlan;
  gatewayUrl: string;
  /** @throws KvcacheError where nobody says */
  findModel: (signal: AbortSignal) => Promise<string>;
  access: Access;
  timeoutMs: number;
  clock: Clock;
  seed: number;
}

const HOUR_MS = 3_600_000;
const SUFFIX = 'tell the rest';

/**
 * Sends prompts through the gateway and then, in another order, each once more with another end: where
 * routing works the repeat finds its beginning. One request at a time, within a budget.
 */
export class FleetProbe {
  readonly counts: ProbeCounts = { ...NO_PROBES };
  readonly #setting: ProbeSetting;
  /** What each round of the last hour took. */
  #spent: { atMs: number; tokens: number }[] = [];
  #words: number;
  #round = 0;
  #isBusy = false;
  #model: string | undefined;

  constructor(setting: ProbeSetting) {
    this.#setting = setting;
    this.#words = setting.plan.promptTokens;
  }

  /** What waits at an engine must not wait for us. */
  see({ engines }: Pick<FleetReading, 'engines'>): void {
    this.#isBusy = Object.values(engines).some((it) => (it?.waiting ?? 0) > 0);
  }

  /** Round after round; rejects with the signal's reason, and for nothing else. */
  async run(signal: AbortSignal): Promise<void> {
    const { plan, clock } = this.#setting;
    for (;;) {
      await sleep(clock, plan.everyMs, signal);
      if (this.#isBusy) this.counts.skippedBusy++;
      else if (!this.#isAffordable()) this.counts.skippedBudget++;
      else await this.#ask(signal);
    }
  }

  #isAffordable(): boolean {
    const { plan, clock } = this.#setting;
    const nowMs = clock.nowMs();
    this.#spent = this.#spent.filter(({ atMs }) => nowMs - atMs < HOUR_MS);
    const spent = this.#spent.reduce((sum, { tokens }) => sum + tokens, 0);
    return spent + plan.promptTokens * plan.requests <= plan.tokensPerHour;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const model = await this.#findModel(signal);
    if (model === undefined) return;
    const { plan, gatewayUrl, access, clock, seed } = this.#setting;
    const round = this.#round++;
    const names = Array.from({ length: plan.requests >> 1 }, (_, at) => `${seed}/${round}/${at}`);
    const prompts = names.map((name) => orderedWords(this.#words, name).join(' '));
    const repeats = shuffled(prompts, mixSeed(seed, 'repeats', round));
    const client = createChatClient({ baseUrl: gatewayUrl, ...access, connections: 1 });
    const spent = { atMs: clock.nowMs(), tokens: 0 };
    this.#spent.push(spent);
    const told: Sample[] = [];
    try {
      const send = async (prompt: string): Promise<Sample> => {
        const { sample, cost } = await this.#send(client, { model, prompt }, signal);
        spent.tokens += cost;
        return sample;
      };
      for (const prompt of prompts) await send(prompt);
      for (const prompt of repeats) told.push(await send(`${prompt} ${SUFFIX}`));
    } finally {
      await client.close();
    }
    this.#count(told, spent.tokens / (2 * prompts.length));
  }

  /** All of a round at once: half a round is no figure. */
  #count(told: readonly Sample[], tokensPerRequest: number): void {
    if (told.every(({ failure }) => failure !== undefined)) this.#model = undefined;
    for (const { promptTokens, cachedTokens } of told) {
      if (promptTokens === undefined || cachedTokens === undefined) continue;
      this.counts.repeats++;
      if (2 * cachedTokens >= promptTokens) this.counts.found++;
    }
    // A tokenizer of another language makes more tokens of a word.
    const factor = this.#setting.plan.promptTokens / tokensPerRequest;
    if (factor < 1) this.#words = Math.max(1, Math.floor(this.#words * factor));
  }

  /** Asked again where it failed, and where all that was asked for failed: it may be another now. */
  async #findModel(signal: AbortSignal): Promise<string | undefined> {
    try {
      return (this.#model ??= await this.#setting.findModel(signal));
    } catch (error) {
      if (signal.aborted) throw error;
      this.counts.failures++;
      return undefined;
    }
  }

  async #send(
    client: LoadClient,
    { model, prompt }: { model: string; prompt: string },
    signal: AbortSignal,
  ): Promise<{ sample: Sample; cost: number }> {
    const { plan, clock, timeoutMs } = this.#setting;
    const request = chatRequest(userPrompt(prompt), { model, maxTokens: 1, stream: false });
    const setting = { clock, originMs: clock.nowMs(), timeoutMs, labels: UNLABELLED, signal };
    const { sample } = await sendOne({ request, client }, setting);
    if (sample.failure !== undefined) this.counts.failures++;
    // What does not say what it took is taken at what was planned.
    const cost = (sample.promptTokens ?? plan.promptTokens) + (sample.outputTokens ?? 1);
    this.counts.requests++;
    this.counts.tokens += cost;
    return { sample, cost };
  }
}
