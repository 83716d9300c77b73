import { addTo, sumOf } from '../../base/lists.ts';
import { sleep } from '../../base/clock.ts';
import { createRandom, mixSeed, type Random } from '../../base/random.ts';
import { shuffled } from '../../base/shuffled.ts';
import type { PromptPairs } from '../../load/pairs.ts';
import type { Deployment } from '../../target/deployment.ts';
import type { EngineTarget } from '../../target/targets.ts';
import { TIMING } from '../../target/timing.ts';
import {
  agreementByChance,
  CHANCE_MAX,
  type Finding,
  isDecided,
  isSkill,
  testOf,
} from '../evidence/routing.ts';
import { countedEngine, type Witnessed } from '../evidence/trust.ts';
import type { RoutingTest, RoutingTestId } from '../result/result-evidence.ts';
import type { CounterWatch } from './counter-watch.ts';
import type { Lookups } from './lookups.ts';
import type { Sender } from './sender.ts';
import { type Asked, Witness } from './witness.ts';

/** Repeats of one look at the figures, and the most of one test: uneven shares need many. */
const BATCH = 8;
const TRIALS_MAX = 96;
/** Requests in between, drawn anew each time: turn-taking of any period is no memory then. */
const BETWEEN_MAX = 2;
/** Where nobody says how many engines there are, the stop rule asks for as many as two would need. */
const CHANCE_GUESSED = 0.5;

export interface ProbeSetting {
  deployment: Deployment;
  sender: Sender;
  watch: CounterWatch;
  pairs: PromptPairs;
  lookups: Lookups | undefined;
  /** Tokens of a prime that its repeat can reuse. */
  reusableTokens: number;
  seed: number;
}

interface Trial {
  name: string;
  prime: string;
  repeat: string;
  /** Who has it; undefined until an engine's counter tells. */
  holderId: string | undefined;
}

/** Finds out how a gateway routes, by repeats that go through it one at a time (docs/verify.md). */
export class RoutingProbe {
  readonly witness: Witness;
  readonly tests: RoutingTest[] = [];
  /** See `RoutingEvidence`. */
  reached = 0;
  reachedCold = 0;
  readonly #setting: ProbeSetting;
  readonly #random: Random;
  /** Requests through the gateway by engine, where a counter told: primes and repeats apart. */
  readonly #primes: Record<string, number> = {};
  readonly #served: Record<string, number> = {};
  #between = 0;
  #named = 0;
  #primesAtOnce = false;

  constructor(setting: ProbeSetting) {
    this.#setting = setting;
    this.witness = new Witness(setting.watch, setting.sender);
    this.#random = createRandom(mixSeed(setting.seed, 'probe'));
  }

  /** Share of what went through the gateway by engine; null while nobody could tell. */
  get shares(): Record<string, number> | null {
    const total = sumOf(Object.values(this.#served));
    if (total === 0) return null;
    return Object.fromEntries(Object.entries(this.#served).map(([id, n]) => [id, n / total]));
  }

  /**
   * One short request to every engine, whose counters have to tell it, and one through the gateway.
   * @throws KvcacheError REQUEST_FAILED (kind target)
   */
  async meet(): Promise<void> {
    const { deployment, pairs, sender } = this.#setting;
    for (const engine of deployment.engines) {
      const name = `meet/${engine.id}`;
      await this.witness.ask(this.#asked(pairs.short(name), name, { engine, isNew: true }));
    }
    const name = 'meet/gateway';
    await sender.must(this.#asked(pairs.short(name), name, { isNew: true }));
    this.witness.forget();
  }

  /** A gateway that obeys says so in its reason. */
  async honoursPolicyHeader(): Promise<boolean> {
    const prompt = this.#setting.pairs.short('policy');
    const asked = { ...this.#asked(prompt, 'policy', { isNew: true }), policy: 'round-robin' };
    const { sample } = await this.witness.ask(asked);
    return sample.reason === 'policy';
  }

  /** Each test only where none before has found anything. */
  async run(): Promise<void> {
    const { engines, targets } = this.#setting.deployment;
    if (engines.length >= 2) await this.#test('index');
    if (!this.#isFound()) await this.#test('memory');
    if (!this.#isFound()) await this.#test('memory-exact');
    if (!this.#isFound() && engines.length >= 2) await this.#kept('connection');
    if (!this.#isFound() && targets.sessionHeader !== null) await this.#kept('session');
  }

  #isFound(): boolean {
    return this.tests.some(isSkill);
  }

  async #test(id: 'index' | 'memory' | 'memory-exact'): Promise<void> {
    let findings: Finding[] = [];
    while (findings.length < TRIALS_MAX && !this.#isOver(id, findings)) {
      const trials = this.#trials(id);
      await (id === 'index' ? this.#primeStraight(trials) : this.#primeThrough(trials));
      for (const trial of shuffled(trials, mixSeed(this.#setting.seed, id, findings.length))) {
        await this.#pass();
        findings.push(this.#judge(trial, await this.#through(trial.repeat, trial.name, false)));
      }
      if (id !== 'index' && this.#mustSpread()) findings = [];
    }
    this.tests.push(testOf(id, findings, this.#chance(id)));
  }

  #isOver(id: RoutingTestId, findings: readonly Finding[]): boolean {
    if (findings.length > 0 && findings.every((it) => it === undefined)) return true;
    return isDecided(findings, this.#chance(id) ?? CHANCE_GUESSED);
  }

  /** An idle gateway may send all that is new to one engine; under load it has to choose. Told once. */
  #mustSpread(): boolean {
    if (this.#primesAtOnce || (this.#chance('memory') ?? 0) <= CHANCE_MAX) return false;
    this.#primesAtOnce = true;
    for (const id of Object.keys(this.#primes)) delete this.#primes[id];
    return true;
  }

  /** New prompts each time: what one batch left behind is no answer for the next. */
  #trials(id: RoutingTestId): Trial[] {
    return Array.from({ length: BATCH }, () => {
      const name = `probe/${id}/${this.#named++}`;
      const pair = this.#setting.pairs.cacheable(name);
      const repeat = id === 'memory-exact' ? pair.prime : pair.measured;
      return { name, prime: pair.prime, repeat, holderId: undefined };
    });
  }

  /** Balanced over the engines, so that one that gets everything is found by chance only. */
  async #primeStraight(trials: Trial[]): Promise<void> {
    const { deployment, lookups, seed } = this.#setting;
    const { engines } = deployment;
    const order = shuffled(trials, mixSeed(seed, 'straight', trials[0]!.name));
    for (const [index, trial] of order.entries()) {
      const holder = engines[index % engines.length]!;
      await this.witness.ask(this.#asked(trial.prime, trial.name, { engine: holder, isNew: true }));
      trial.holderId = holder.id;
      await lookups?.ask(trial.repeat, holder.id);
    }
    if (deployment.holdersBy !== 'controller')
      await sleep(deployment.clock, TIMING.indexSettleMs, deployment.signal);
  }

  async #primeThrough(trials: Trial[]): Promise<void> {
    if (this.#primesAtOnce) return this.#primeTogether(trials);
    for (const trial of trials) {
      await this.#pass();
      const seen = await this.#through(trial.prime, trial.name, true);
      trial.holderId = countedEngine(seen);
      if (trial.holderId !== undefined) addTo(this.#primes, trial.holderId);
    }
  }

  /** Nobody can tell which went where, only how many; the repeats' hits say the rest. */
  async #primeTogether(trials: readonly Trial[]): Promise<void> {
    const asked = trials.map((it) => this.#asked(it.prime, it.name, { isNew: true }));
    for (const [id, n] of Object.entries(await this.witness.askAtOnce(asked))) {
      addTo(this.#primes, id, n);
    }
  }

  /** The counters of requests say where it went; else those of hits; else the answer. */
  #judge({ holderId }: Trial, { counted, hits, sample, ...rest }: Witnessed): Finding {
    const servedId = countedEngine({ counted });
    const enough = this.#setting.reusableTokens / 2;
    if (holderId !== undefined && servedId !== undefined) {
      if (servedId !== holderId) return false;
      this.reached++;
      if (hits !== null && hits < enough) this.reachedCold++;
      return true;
    }
    if (sample.failure !== undefined) return undefined;
    if (hits !== null && !rest.isNew) return hits >= enough;
    return sample.cachedTokens === undefined ? undefined : sample.cachedTokens >= enough;
  }

  /** 1/k where we chose the holders evenly; by the shares seen where the gateway did. */
  #chance(id: RoutingTestId): number | null {
    const { engines, targets } = this.#setting.deployment;
    const k = Math.max(engines.length, targets.replicas ?? 0);
    const even = k >= 2 ? 1 / k : null;
    if (id === 'index' || even === null) return even;
    const first = id === 'connection' || id === 'session' ? this.#served : this.#primes;
    return Math.max(even, agreementByChance(first, this.#served));
  }

  /** Unlike prompts on one connection, or under one session: do they stay together? */
  async #kept(id: 'connection' | 'session'): Promise<void> {
    const findings: Finding[] = [];
    while (findings.length < TRIALS_MAX && !this.#isOver(id, findings)) {
      findings.push(await this.#keptOnce(id, findings.length));
    }
    this.tests.push(testOf(id, findings, this.#chance(id)));
  }

  async #keptOnce(id: 'connection' | 'session', index: number): Promise<Finding> {
    const session = id === 'session' ? `kvcache-${index}` : undefined;
    const ask = (part: string): Asked => ({
      ...this.#asked(this.#setting.pairs.short(`${id}/${index}/${part}`), id, { isNew: true }),
      session,
    });
    const connection = id === 'connection' ? this.#setting.sender.connect(ask('a')) : undefined;
    try {
      const first = countedEngine(this.#count(await this.witness.ask(ask('a'), connection)));
      await this.#pass();
      const second = countedEngine(this.#count(await this.witness.ask(ask('b'), connection)));
      return first === undefined || second === undefined ? undefined : first === second;
    } finally {
      await connection?.close();
    }
  }

  /** A few unlike requests through the gateway. */
  async #pass(): Promise<void> {
    for (let left = this.#random.int(BETWEEN_MAX + 1); left > 0; left--) {
      const name = `between/${this.#between++}`;
      this.#count(
        await this.witness.ask(this.#asked(this.#setting.pairs.short(name), name, { isNew: true })),
      );
    }
  }

  async #through(prompt: string, name: string, isNew: boolean): Promise<Witnessed> {
    return this.#count(await this.witness.ask(this.#asked(prompt, name, { isNew })));
  }

  #count(seen: Witnessed): Witnessed {
    const id = countedEngine(seen);
    if (id !== undefined) addTo(this.#served, id);
    return seen;
  }

  #asked(prompt: string, name: string, to: { engine?: EngineTarget; isNew: boolean }): Asked {
    const { deployment, pairs } = this.#setting;
    return {
      url: to.engine?.url ?? deployment.gateway.url,
      directId: to.engine?.id ?? null,
      prompt,
      name,
      outputTokens: 1,
      promptTokens: name.startsWith('probe/') ? pairs.promptTokens : null,
      isNew: to.isNew,
    };
  }
}
