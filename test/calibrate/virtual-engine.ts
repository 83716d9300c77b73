import { EngineCore } from '../../mocks/engine/core/engine-core.ts';
import { AnswerBook } from '../../mocks/engine/core/output.ts';
import { chainSeed, TokenChain } from '../../mocks/kv/blocks.ts';
import { wordTokenizer } from '../../mocks/kv/tokens.ts';
import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import { createRandom, hash32 } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Probe, ProbeGroup, ProbePlan, ProbeText } from '../../src/calibrate/probe/plan.ts';
import { type Sample, toMicros, UNTOLD } from '../../src/load/sample.ts';

/** What the engine makes of a message besides its text. */
const TEMPLATE_TOKENS = 8;
const MODEL = 'mock-model';

/** Prompts of a plan, hashed once for all the engines that are asked them. */
export class ProbePrompts {
  readonly #known = new Map<Probe, TokenChain>();
  readonly #blockSize: number;

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  chainOf(probe: Probe): TokenChain {
    const known = this.#known.get(probe);
    if (known) return known;
    const tokens = [...tokensOf(probe.prefix), ...tokensOf(probe.own), ...template()];
    const chain = new TokenChain(
      Uint32Array.from(tokens),
      this.#blockSize,
      chainSeed({ model: MODEL }),
    );
    if (chain.fullBlocks > 0) chain.hash(chain.fullBlocks - 1);
    this.#known.set(probe, chain);
    return chain;
  }
}

function tokensOf(text: ProbeText | undefined): number[] {
  if (!text) return [];
  const start = hash32(text.name) >>> 1;
  return Array.from({ length: text.tokens }, (_, at) => (start + at * 7) % 2 ** 31);
}

function template(): number[] {
  return Array.from({ length: TEMPLATE_TOKENS }, (_, at) => 256 + at);
}

export interface VirtualRun {
  plan: ProbePlan;
  profile: EngineProfile;
  prompts: ProbePrompts;
  seed: number;
  /** Deviation of every mark the client takes; default 0. */
  clientMs?: number;
}

const IDLE_MS = 1;

/** The samples of a whole plan from a mock engine in virtual time, as a client without a network would take them. */
export function probeVirtually(run: VirtualRun): Sample[] {
  const { plan, profile, prompts, seed, clientMs = 0 } = run;
  const random = createRandom(seed);
  const late = (): number => clientMs * random.normal();
  const clock = new VirtualClock();
  const answers = new AnswerBook(wordTokenizer);
  const core = new EngineCore({ id: 'hidden', profile, clock, seed, model: MODEL, answers });
  const samples: Sample[] = [];
  for (const group of [...plan.prime, ...plan.rounds.flat(), ...plan.tier]) {
    if (group.arm === 'tier') {
      ask({ core, clock, prompts, late, group: { ...group, arm: 'prime' } }, samples);
      core.resetPrefixCache();
    }
    ask({ core, clock, prompts, late, group }, samples);
    clock.advanceBy(IDLE_MS);
  }
  return samples;
}

function ask(
  of: {
    core: EngineCore;
    clock: VirtualClock;
    prompts: ProbePrompts;
    late: () => number;
    group: ProbeGroup;
  },
  samples: Sample[],
): void {
  const { core, clock, prompts, group, late } = of;
  for (const probe of group.probes) {
    const chain = prompts.chainOf(probe);
    const sentMs = clock.nowMs();
    const arrivals: number[] = [];
    const id = samples.length;
    samples.push(undefined as unknown as Sample);
    const handle = core.submit(
      {
        key: String(id),
        promptTokens: chain.tokens,
        hashed: [chain],
        maxTokens: probe.outputTokens,
        ignoreEos: true,
      },
      {
        onTokens: ({ count, atMs }) => {
          for (let at = 0; at < count; at++) arrivals.push(atMs + late());
        },
        onFinish: ({ promptTokens, outputTokens, cachedTokens, finishedMs }) => {
          samples[id] = {
            ...UNTOLD,
            id,
            phase: group.arm === 'prime' ? 'warmup' : 'measure',
            arm: group.arm,
            block: group.round,
            group: '',
            intendedMs: toMicros(sentMs),
            sentMs: toMicros(sentMs),
            firstTokenMs: toMicros(arrivals[0]!),
            lastTokenMs: toMicros(arrivals.at(-1)!),
            endMs: toMicros(finishedMs + late()),
            itlsMs: arrivals.slice(1).map((it, at) => toMicros(it - arrivals[at]!)),
            promptTokens,
            outputTokens,
            cachedTokens,
            requestBytes: 0,
            answerBytes: 0,
          };
        },
      },
    );
    if (!handle.accepted) throw new Error(handle.message);
  }
  clock.runToIdle();
}
