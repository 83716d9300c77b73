import { redactUrl } from '../../base/origin.ts';
import type { LoadRequest } from '../../load/attempt.ts';
import { AuditProbe } from '../../load/audit-probe.ts';
import { createChatClient } from '../../load/chat-client.ts';
import { userPrompt } from '../../load/prompts.ts';
import { chatRequest } from '../../load/requests.ts';
import type { Sample, SampleLabels } from '../../load/sample.ts';
import { type Answer, sendAll, sendOne } from '../../load/send.ts';
import type { LoadClient } from '../../net/load-client.ts';
import { POLICY_HEADER } from '../../protocol/headers.ts';
import type { Deployment } from '../../target/deployment.ts';
import { TIMING } from '../../target/timing.ts';
import { addCost, type RoundCost } from './budget.ts';
import { verifyError } from '../errors.ts';

/** One request of the run and where it goes. */
export interface Dispatch {
  /** Base URL of an engine or a gateway. */
  url: string;
  prompt: string;
  outputTokens: number;
  /** Asks our own gateway for another routing policy. */
  policy?: string | undefined;
  /** Value of the session header, where the user named one. */
  session?: string | undefined;
  /** Stands in the sample as its group. */
  name: string;
}

export interface SendOptions {
  labels: SampleLabels;
  concurrency: number;
  /** Takes every sample as it settles. What is kept is judged, and with it what kept it. */
  record?: (sample: Sample, index: number) => void;
}

export interface Connection {
  ask(dispatch: Dispatch): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Sends everything a verification sends, through the load generator's own sampler. Primes and measured
 * requests never share a connection: a balancer that keeps connections together must not look like a
 * router that keeps prompts together.
 */
export class Sender {
  /** What was sent and came to an end, whoever counts it too. */
  readonly spent: RoundCost = { requests: 0, promptTokens: 0, outputTokens: 0 };
  /** What sending cost while samples were kept. */
  readonly audit: AuditProbe;
  readonly #deployment: Deployment;
  readonly #clients = new Map<string, LoadClient>();
  readonly #connections: number;
  readonly #originMs: number;

  constructor(deployment: Deployment, { concurrency }: { concurrency: number }) {
    this.#deployment = deployment;
    this.audit = new AuditProbe(deployment.clock);
    this.#connections = concurrency;
    this.#originMs = deployment.clock.nowMs();
  }

  /** @throws the signal's reason when aborted; a failed request is a sample */
  send(
    use: 'prime' | 'measure',
    dispatches: readonly Dispatch[],
    options: SendOptions,
  ): Promise<Sample[]> {
    const addressed = dispatches.map((it) => ({
      request: this.#requestOf(it),
      client: this.#client(use, it),
    }));
    const record = (sample: Sample, index: number): void => {
      this.#count(sample);
      options.record?.(sample, index);
    };
    const send = (): Promise<Sample[]> =>
      sendAll(addressed, { ...options, record, ...this.#setting() });
    return options.record ? this.audit.during(send) : send();
  }

  /** A connection of its own, for requests one at a time; the caller closes it. */
  connect(dispatch: Dispatch): Connection {
    const client = this.#open(dispatch, 1);
    return {
      ask: async (it) => {
        const request = this.#requestOf(it);
        const answer = await sendOne({ request, client }, { ...this.#setting(), labels: PROBE });
        this.#count(answer.sample);
        return answer;
      },
      close: () => client.close(),
    };
  }

  #count({ promptTokens = 0, outputTokens = 0 }: Sample): void {
    addCost(this.spent, { requests: 1, promptTokens, outputTokens });
  }

  /**
   * One request that has to be answered for anything to be said at all.
   * @throws KvcacheError REQUEST_FAILED (kind target)
   */
  async must(dispatch: Dispatch): Promise<Sample> {
    const [sample] = await this.send('measure', [dispatch], { labels: PROBE, concurrency: 1 });
    if (sample!.failure === undefined) return sample!;
    throw verifyError('REQUEST_FAILED', {
      message: `A request failed: ${[sample!.failure, sample!.status].filter(Boolean).join(' ')}.`,
      where: redactUrl(dispatch.url),
      details: sample!.problem === undefined ? [] : [sample!.problem],
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #setting() {
    const { clock, signal, targets } = this.#deployment;
    const { servedByHeaders } = targets;
    const timeoutMs = TIMING.firstAnswerMs;
    return { clock, originMs: this.#originMs, timeoutMs, servedByHeaders, signal };
  }

  #client(use: string, dispatch: Dispatch): LoadClient {
    const key = JSON.stringify([use, dispatch.url, dispatch.policy, dispatch.session]);
    let client = this.#clients.get(key);
    if (!client) this.#clients.set(key, (client = this.#open(dispatch, this.#connections)));
    return client;
  }

  #open({ url, policy, session }: Dispatch, connections: number): LoadClient {
    const { access, sessionHeader } = this.#deployment.targets;
    return createChatClient({
      baseUrl: url,
      connections,
      tls: access.tls,
      headers: {
        ...access.headers,
        ...(policy !== undefined && { [POLICY_HEADER]: policy }),
        ...(session !== undefined && sessionHeader !== null && { [sessionHeader]: session }),
      },
    });
  }

  #requestOf({ prompt, outputTokens, name }: Dispatch): LoadRequest {
    const { model } = this.#deployment.targets;
    const shape = { model, maxTokens: outputTokens, stream: true };
    return chatRequest(userPrompt(prompt, name), shape);
  }
}

/** Never part of a figure. */
export const PROBE: SampleLabels = { phase: 'warmup', arm: '', block: 0 };
