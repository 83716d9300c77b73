import { hash32 } from '../base/random.ts';
import { seededWords } from '../load/words.ts';
import { PROMPT_TOKENS_MIN } from '../target/alignment.ts';
import { kvCapacity } from '../target/engine-profile.ts';
import { type ControllerTrial, lookUp } from './controller-trial.ts';
import { EventEars, type EventTrial } from './event-trial.ts';
import { type TokenTrial, tokenizeEverywhere } from './token-trial.ts';
import { type Trial, type TrialOptions, tryEngine, tryGateway } from './trial.ts';

/** What became of new prompts at every server. */
export interface Trials {
  engines: readonly Trial[];
  /** By id, of engines whose KV events are followed. */
  events: ReadonlyMap<string, EventTrial>;
  gateway: Trial | undefined;
  /** Tokens for two of the largest blocks and one more, and for two chunks where a controller counts them. */
  neededTokens: number;
  /** The smallest context of all engines; null when none says. */
  contextTokens: number | null;
  /** Of the first engine's prompt. */
  tokens: TokenTrial;
  /** Of the first engine's prompt; undefined without a controller. */
  controller: ControllerTrial | undefined;
}

/** Sends every engine and the gateway a prompt of its own that nobody has sent before, and repeats it. */
export async function runTrials(options: TrialOptions): Promise<Trials> {
  const ears = new EventEars(options);
  try {
    await ears.reached();
    return await heardTrials(options, ears);
  } finally {
    ears.close();
  }
}

async function heardTrials(options: TrialOptions, ears: EventEars): Promise<Trials> {
  const { targets, profiles, nonce } = options;
  const twoBlocks = 2 * kvCapacity(profiles).blockTokens + 1;
  const neededTokens = Math.max(targets.controllerUrl === null ? 0 : PROMPT_TOKENS_MIN, twoBlocks);
  const { contextTokens, tokensPerWord } = await gauge(options);
  const room = Math.floor((contextTokens ?? Infinity) / tokensPerWord) - 1;
  const words = Math.min(Math.max(neededTokens, PROMPT_TOKENS_MIN), room);
  const promptFor = (name: string): string => promptOf(`${nonce}-${name}`, words);
  const tokens = await tokenizeEverywhere(promptFor('0'), options);
  const engines: Trial[] = [];
  const events = new Map<string, EventTrial>();
  let controller: ControllerTrial | undefined;
  for (const [index, profile] of profiles.entries()) {
    const trial = await tryEngine(profile, promptFor(String(index)), {
      ...options,
      earlier: engines,
      longPrompt: (longWords) => promptOf(`${nonce}-long-${index}`, longWords),
      contextTokens,
      whenFirstAnswered: async () => {
        if (index > 0 || targets.controllerUrl === null) return;
        controller = await lookUp(tokens.ids.get(profile.engine.id), options);
      },
    });
    engines.push(trial);
    const told = await ears.hear(trial);
    if (told) events.set(profile.engine.id, told);
  }
  if (profiles.length === 0 && targets.controllerUrl !== null) {
    controller = await lookUp(undefined, options);
  }
  const gateway =
    targets.gatewayUrl === null ? undefined : await tryGateway(promptFor('gateway'), options);
  return { engines, events, gateway, neededTokens, contextTokens, tokens, controller };
}

/** A word is seldom more than two tokens, where no server tells. */
const TOKENS_PER_WORD_MAX = 3;
const SAMPLE_WORDS = 100;

/** Context as /v1/models, information routes and /tokenize tell it, and what a word costs, template included. */
async function gauge(
  options: TrialOptions,
): Promise<{ contextTokens: number | null; tokensPerWord: number }> {
  const sample = promptOf(`${options.nonce}-sample`, SAMPLE_WORDS);
  const { maxModelLength, ids } = await tokenizeEverywhere(sample, options);
  const lengths = [maxModelLength, ...options.profiles.map((it) => it.maxModelLength)];
  const known = lengths.filter((it) => it !== null);
  const counts = [...ids.values()].flatMap(({ value }) => value?.length || []);
  return {
    contextTokens: known.length === 0 ? null : Math.min(...known),
    tokensPerWord:
      counts.length === 0 ? TOKENS_PER_WORD_MAX : Math.max(1, ...counts) / SAMPLE_WORDS,
  };
}

/** The nonce stands first, so that not one block of the prompt can have been seen before. */
function promptOf(nonce: string, words: number): string {
  return [nonce, ...seededWords(words, hash32(nonce))].join(' ');
}
