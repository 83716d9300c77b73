import { createRandom, mixSeed } from '../base/random.ts';
import { shuffled } from '../base/shuffled.ts';
import { certify, CHUNK_TOKENS, type PromptCertificate } from './certificate.ts';
import {
  commonPrefix,
  fitWords,
  type Prompt,
  type PromptList,
  promptOf,
  type Tokenize,
  userPrompt,
} from './prompts.ts';
import { ORDERED_WORDS_MIN, orderedWords } from './words.ts';

/**
 * What is asked. `fixed`: one prompt again and again. `unique`: no two prompts share a block.
 * `shared-prefix`: groups with a common, chunk-aligned beginning. `chat`: conversations whose turns
 * repeat everything before them. `mixed`: by weight. `prompts`: given ones, in turn.
 */
export type WorkloadSpec =
  | { kind: 'fixed'; prompt: string }
  | { kind: 'unique'; promptTokens: number }
  | ({ kind: 'shared-prefix' } & SharedPrefixSpec)
  | { kind: 'chat'; turnTokens: number; turns: number; sessions: number }
  | { kind: 'mixed'; parts: readonly { weight: number; spec: WorkloadSpec }[] }
  | { kind: 'prompts'; prompts: PromptList; repeat: boolean };

export interface Workload {
  /** The next prompt; undefined when there are no more. */
  next: () => Prompt | undefined;
  /** The same prompts from the first one on. */
  again: () => () => Prompt | undefined;
  certificate: PromptCertificate;
}

export interface WorkloadOptions {
  /** Equal ids give equal prompts; a fresh one meets no cache that knows it. */
  runId: string;
  seed: number;
  tokenize: Tokenize;
  tokenizer: PromptCertificate['tokenizer'];
  /** Of the engines' KV cache; vLLM's default where it is not known. */
  blockTokens?: number | undefined;
}

type Generator = () => Prompt | undefined;

const CERTIFIED_PROMPTS = 6;
const DRAWN_PROMPTS_MAX = 1_000;

/** Sizes the prompts with the deployment's own tokenizer, certifies some, and is then ready to go. */
export async function prepareWorkload(
  spec: WorkloadSpec,
  options: WorkloadOptions,
): Promise<Workload> {
  const build = await generatorOf(spec, options, spec.kind);
  const prompts = typicalPrompts(build());
  const { tokenize, tokenizer, blockTokens } = options;
  const measured = { workload: spec.kind, tokenizer, tokenize, prompts, blockTokens };
  const certificate = await certify(measured);
  return { next: build(), again: build, certificate };
}

/** The first few prompts, and the first one that shares its group with one of them. */
function typicalPrompts(next: Generator): Prompt[] {
  const few: Prompt[] = [];
  for (let drawn = 0; drawn < DRAWN_PROMPTS_MAX; drawn++) {
    const prompt = next();
    if (prompt === undefined) break;
    const isRelated = prompt.group !== '' && few.some(({ group }) => group === prompt.group);
    if (few.length < CERTIFIED_PROMPTS || isRelated) few.push(prompt);
    if (few.length > CERTIFIED_PROMPTS || (few.length === CERTIFIED_PROMPTS && hasNoGroups(few))) {
      break;
    }
  }
  return few;
}

function hasNoGroups(prompts: readonly Prompt[]): boolean {
  return prompts.every(({ group }) => group === '');
}

/** A factory, so that what certified the workload does not use its prompts up. */
async function generatorOf(
  spec: WorkloadSpec,
  options: WorkloadOptions,
  name: string,
): Promise<() => Generator> {
  switch (spec.kind) {
    case 'fixed':
      return fixedPrompt(spec.prompt);
    case 'unique':
      return uniquePrompts(spec.promptTokens, options, name);
    case 'shared-prefix':
      return sharedPrefixPrompts(spec, options, name);
    case 'chat':
      return chatPrompts(spec, options, name);
    case 'mixed':
      return mixedPrompts(spec.parts, options, name);
    case 'prompts':
      return () => givenPrompts(spec.prompts, spec.repeat);
  }
}

function textPrompt(write: () => string, group = ''): Prompt {
  return promptOf(() => [{ role: 'user', content: write() }], { group });
}

function fixedPrompt(text: string): () => Generator {
  const prompt = userPrompt(text, 'fixed');
  return () => () => prompt;
}

/** Every prompt is the same words in an order of its own. */
async function uniquePrompts(
  promptTokens: number,
  { runId, tokenize }: WorkloadOptions,
  name: string,
): Promise<() => Generator> {
  const build = (id: string, words: number): Prompt =>
    textPrompt(() => orderedWords(words, `${runId}/${name}/${id}`).join(' '));
  const words = await fitOrdered(promptTokens, async (count) => {
    return (await tokenize(build('fit', count).messages)).length;
  });
  return () => {
    let index = 0;
    return () => build(String(index++), words);
  };
}

interface SharedPrefixSpec {
  promptTokens: number;
  sharedTokens: number;
  /** Beginnings side by side. */
  groups: number;
  /** Prompts with one beginning, before a new one takes its place; undefined: all. */
  reuse?: number | undefined;
}

/** Two endings without a letter in common at their beginning. */
const UNLIKE_ENDINGS = ['able', 'lake'];

/**
 * The shared part reaches `sharedTokens`, rounded up to whole chunks, template included, as measured
 * between two prompts of one group; the rest differs from its first word on.
 */
async function sharedPrefixPrompts(
  spec: SharedPrefixSpec,
  { runId, seed, tokenize }: WorkloadOptions,
  name: string,
): Promise<() => Generator> {
  const target = Math.ceil(spec.sharedTokens / CHUNK_TOKENS) * CHUNK_TOKENS;
  const text = (path: string, words: number): string =>
    orderedWords(words, `${runId}/${name}/${path}`).join(' ');
  const sharedWords = await fitOrdered(target, async (words) => {
    const shared = text('fit', words);
    const [a, b] = await Promise.all(
      UNLIKE_ENDINGS.map((ending) => tokenize(userPrompt(`${shared} ${ending}`).messages)),
    );
    return commonPrefix(a!, b!);
  });
  const build = (group: string, id: string, words: number): Prompt =>
    textPrompt(() => `${text(group, sharedWords)} ${text(`${group}/${id}`, words)}`, group);
  const restWords = await fitOrdered(spec.promptTokens, async (words) => {
    return (await tokenize(build('fit', 'a', words).messages)).length;
  });
  return () => {
    let index = 0;
    let order: readonly number[] = [];
    return () => {
      const [round, turn] = [Math.floor(index / spec.groups), index++ % spec.groups];
      if (turn === 0) order = orderOf(spec, mixSeed(seed, name, round));
      const place = order[turn]!;
      // Each place at a time of its own: all new at once would be a wave of misses.
      const generation = Math.floor((round + place) / (spec.reuse ?? Infinity));
      const group = generation * spec.groups + place;
      return build(`${name}-${group}`, String(round), restWords);
    };
  };
}

/** With beginnings that change, in an order of chance: a fixed one would chime with engines that take turns. */
function orderOf({ groups, reuse }: SharedPrefixSpec, seed: number): number[] {
  const places = [...Array(groups).keys()];
  return reuse === undefined ? places : shuffled(places, seed);
}

async function fitOrdered(
  target: number,
  measure: (words: number) => Promise<number>,
): Promise<number> {
  return Math.max(ORDERED_WORDS_MIN, await fitWords(target, measure));
}

/**
 * Conversations side by side, one turn each in turn. The assistant's lines are made up in advance, so
 * that every arm and every run asks the same.
 */
async function chatPrompts(
  spec: { turnTokens: number; turns: number; sessions: number },
  { runId, tokenize }: WorkloadOptions,
  name: string,
): Promise<() => Generator> {
  const line = (id: string, words: number): string =>
    orderedWords(words, `${runId}/${name}/${id}`).join(' ');
  const words = await fitOrdered(spec.turnTokens, async (count) => {
    return (await tokenize([{ role: 'user', content: line('fit', count) }])).length;
  });
  const build = (session: string, turn: number): Prompt => {
    const write = () =>
      Array.from({ length: 2 * turn + 1 }, (_, index) => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        content: line(`${session}/${index}`, words),
      }));
    return promptOf(write, { group: session, session });
  };
  return () => {
    let index = 0;
    return () => {
      const id = index++;
      const round = Math.floor(id / spec.sessions);
      const chat = Math.floor(round / spec.turns) * spec.sessions + (id % spec.sessions);
      return build(`${name}-${chat}`, round % spec.turns);
    };
  };
}

async function mixedPrompts(
  parts: readonly { weight: number; spec: WorkloadSpec }[],
  options: WorkloadOptions,
  name: string,
): Promise<() => Generator> {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const builders = await Promise.all(
    parts.map(({ spec }, index) => generatorOf(spec, options, `${name}/${index}-${spec.kind}`)),
  );
  return () => {
    const generators = builders.map((build) => build());
    const random = createRandom(options.seed);
    return () => {
      let rest = random.next() * total;
      const chosen = parts.findIndex(({ weight }) => (rest -= weight) < 0);
      return generators[chosen === -1 ? parts.length - 1 : chosen]!();
    };
  };
}

function givenPrompts(prompts: PromptList, repeat: boolean): Generator {
  let index = 0;
  return () => prompts.at(repeat ? index++ % prompts.length : index++);
}
