import { request } from 'node:http';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { binomialCdf } from '../../../src/stats/binomial.ts';
import { send } from '../../helpers/mock-fleet.ts';
import type { RoutesBy } from './router-table.ts';

/** Prefixes per question. A perfect router finds all: certain as long as no engine got more than 86 % of them. */
const PREFIXES = 32;
const CERTAIN = 2e-4;
/** Primed together: a router that balances by load sends lone prompts all the same way. */
const OVERLAPPING = 8;

export interface ProbeFindings {
  /** Of `PREFIXES`: primed straight at an engine, found through the gateway. */
  index: number;
  /** Primed through the gateway, found by the same prompt; found by a longer one. */
  exact: number;
  longer: number;
  /** Two prompts of one session answered by one engine. */
  session: number;
  /** Share of each engine of fresh prompts: that overlap, one at a time, first ones of a session. */
  spread: number[];
  spreadAlone: number[];
  spreadOfSessions: number[];
}

/**
 * Asks how a router knows, without a line of the product's own probe: cached tokens say whether a
 * repeat found its prefix, the engines' counters who answered. Every request has its own connection.
 */
export async function probeRouter(target: ProbeTarget): Promise<ProbeFindings> {
  const probe = new Probe(target);
  const spreadAlone = await probe.spreadOf(probe.bases(), 1);
  const index = await probe.askAfterEngines(probe.bases());
  const exactBases = probe.bases();
  const spread = await probe.spreadOf(exactBases, OVERLAPPING);
  const exact = await probe.countFound(exactBases);
  const longerBases = probe.bases();
  await probe.spreadOf(longerBases, OVERLAPPING);
  const longer = await probe.countFound(longerBases.map((base) => `${base} ${probe.text(60)}`));
  const { session, spreadOfSessions } = await probe.askInSessions();
  return { index, exact, longer, session, spread, spreadAlone, spreadOfSessions };
}

export interface ProbeTarget {
  gateway: string;
  engines: readonly string[];
  /** Header that names a session. */
  sessionHeader: string;
  seed: number;
}

class Probe {
  readonly #target: ProbeTarget;
  readonly #random: Random;

  constructor(target: ProbeTarget) {
    this.#target = target;
    this.#random = createRandom(target.seed);
  }

  text(words: number): string {
    const word = (): string => `w${this.#random.int(1_000_000)}`;
    return Array.from({ length: words }, word).join(' ');
  }

  bases(): string[] {
    return Array.from({ length: PREFIXES }, () => this.text(300));
  }

  /** Sends prompts through the gateway, so many at once, and says how they spread. */
  async spreadOf(prompts: readonly string[], atOnce: number): Promise<number[]> {
    const before = await answered(this.#target.engines);
    for (let first = 0; first < prompts.length; first += atOnce) {
      const together = prompts.slice(first, first + atOnce);
      await Promise.all(together.map((prompt) => ask(this.#target.gateway, prompt)));
    }
    return this.#sharesSince(before);
  }

  async countFound(prompts: readonly string[]): Promise<number> {
    let count = 0;
    for (const prompt of prompts) {
      await this.#interlude();
      count += Number((await ask(this.#target.gateway, prompt)).isFound);
    }
    return count;
  }

  /**
   * Primes straight at the engines, as many prompts at each, in random order; all of them before the
   * first is asked for, since events take their time.
   */
  async askAfterEngines(prompts: readonly string[]): Promise<number> {
    const { engines } = this.#target;
    const turns = prompts.map((_, index) => index % engines.length);
    for (const prompt of prompts) {
      const [turn] = turns.splice(this.#random.int(turns.length), 1);
      await ask(engines[turn!]!, prompt);
    }
    return this.countFound(prompts);
  }

  async askInSessions(): Promise<Pick<ProbeFindings, 'session' | 'spreadOfSessions'>> {
    const { sessionHeader } = this.#target;
    const firsts = this.#target.engines.map(() => 0);
    let session = 0;
    for (let turn = 0; turn < PREFIXES; turn++) {
      const headers = { [sessionHeader]: `session-${this.#random.int(1_000_000_000)}` };
      const first = await this.#whoAnswers(headers);
      firsts[first]!++;
      await this.#interlude();
      session += Number(first === (await this.#whoAnswers(headers)));
    }
    return { session, spreadOfSessions: firsts.map((count) => count / PREFIXES) };
  }

  /** One to three other requests: turn-taking of any period must not look like memory. */
  async #interlude(): Promise<void> {
    for (let count = 1 + this.#random.int(3); count > 0; count--) {
      await ask(this.#target.gateway, this.text(60));
    }
  }

  /** The index of the only engine that counted a fresh prompt. */
  async #whoAnswers(headers: Record<string, string>): Promise<number> {
    const before = await answered(this.#target.engines);
    await ask(this.#target.gateway, this.text(60), headers);
    return (await this.#sharesSince(before)).indexOf(1);
  }

  async #sharesSince(before: readonly number[]): Promise<number[]> {
    const after = await answered(this.#target.engines);
    const deltas = after.map((count, index) => count - before[index]!);
    const all = deltas.reduce((sum, delta) => sum + delta, 0);
    return deltas.map((delta) => delta / all);
  }
}

/** What the findings say. By chance a repeat finds its prefix as often as two prompts meet by the shares seen. */
export function routesBy(findings: ProbeFindings): RoutesBy {
  const chanceOf = (shares: readonly number[]): number =>
    shares.reduce((sum, share) => sum + share * share, 0);
  const isCertain = (count: number, chance: number): boolean =>
    1 - binomialCdf(count - 1, PREFIXES, chance) < CERTAIN;
  const chance = chanceOf(findings.spread);
  if (isCertain(findings.index, 1 / findings.spread.length)) return 'index';
  if (isCertain(findings.longer, chance)) return 'memory';
  if (isCertain(findings.exact, chance)) return 'exact-memory';
  if (isCertain(findings.session, chanceOf(findings.spreadOfSessions))) return 'session';
  return chance === 1 ? 'one-engine' : 'none-seen';
}

function ask(
  url: string,
  content: string,
  headers: Record<string, string> = {},
): Promise<{ isFound: boolean }> {
  const body = JSON.stringify({
    model: 'mock-model',
    max_tokens: 2,
    messages: [{ role: 'user', content }],
  });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/v1/chat/completions`,
      {
        method: 'POST',
        agent: false,
        timeout: 30_000,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => {
          if (answer.statusCode !== 200) return reject(new Error(`${answer.statusCode}: ${text}`));
          const { usage } = JSON.parse(text);
          const cached: number = usage.prompt_tokens_details?.cached_tokens ?? 0;
          resolve({ isFound: cached > usage.prompt_tokens * 0.6 });
        });
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 30 s')));
    outgoing.end(body);
  });
}

/** Requests each engine has answered since it started. */
async function answered(engines: readonly string[]): Promise<number[]> {
  return Promise.all(
    engines.map(async (url) => {
      const { text } = await send(`${url}/metrics`);
      const counts = [...text.matchAll(/^vllm:request_success_total\S* (\S+)$/gm)];
      return counts.reduce((sum, [, value]) => sum + Number(value), 0);
    }),
  );
}
