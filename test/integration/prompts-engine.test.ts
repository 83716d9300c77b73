import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { engineTokenizer } from '../../src/prompts/tokens/engine.ts';
import { analyzePrompts } from '../../src/prompts/analyze.ts';
import { readPrompts } from '../../src/prompts/read/read-prompts.ts';
import { send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';
import { analyzed, fileOf } from '../prompts/prompt-files.ts';
import { TOOLS } from '../prompts/breaks/planted.ts';

const MODEL = 'mock-model';
const WORDS = 'the depot wagon brake door north rail spring of and with late yard crew'.split(' ');

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await startTestFleet({
    model: MODEL,
    controller: null,
    engines: [{ profile: 'instant', promptTokensDetails: true, autoToolChoice: true }],
  });
});
afterAll(() => fleet.close());

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => WORDS[random.int(WORDS.length)]).join(' ');
}

/** Conversations that go on, begin alike, carry tools, reasoning, parts and salts, and plain completions. */
function traffic(count: number): Record<string, unknown>[] {
  const random = createRandom(16);
  const bodies: Record<string, unknown>[] = [];
  while (bodies.length < count) {
    const messages: Record<string, unknown>[] = [
      { role: 'system', content: words(createRandom(random.int(2)), 60) },
    ];
    const frame = {
      model: MODEL,
      ...(random.next() < 0.5 ? { tools: TOOLS } : {}),
      ...(random.next() < 0.2 ? { cache_salt: 'tenant' } : {}),
    };
    for (let turn = 0; turn < 1 + random.int(4); turn++) {
      const text = words(random, 5 + random.int(40));
      const content = random.next() < 0.3 ? [{ type: 'text', text }] : text;
      messages.push({ role: 'user', content });
      bodies.push({ ...frame, messages: structuredClone(messages) });
      messages.push({
        role: 'assistant',
        content: words(random, 20),
        ...(random.next() < 0.3 ? { reasoning_content: words(random, 15) } : {}),
      });
    }
    const prompt = words(createRandom(3), 40) + words(random, 20);
    bodies.push({ model: MODEL, prompt });
  }
  return bodies;
}

describe('reuse of prompts and a live engine', () => {
  it('are the same, request by request', async () => {
    const bodies = traffic(40);
    const reported: number[] = [];
    for (const body of bodies) {
      const path = 'messages' in body ? '/v1/chat/completions' : '/v1/completions';
      const { json } = await send(`${fleet.urls.engines[0]}${path}`, { ...body, max_tokens: 1 });
      reported.push(json.usage.prompt_tokens_details?.cached_tokens ?? 0);
    }
    expect(reported.filter((it) => it > 0).length).toBeGreaterThan(20);
    const found: number[] = [];
    let before = 0;
    for (const [index] of bodies.entries()) {
      const { reuse } = await analyzed(bodies.slice(0, index + 1));
      const total = reuse.find((it) => it.blockSize === 16)!.reusableTokens!;
      found.push(total - before);
      before = total;
    }
    expect(found).toEqual(reported);
  });

  it('count the same tokens when the engine is asked for them', async () => {
    const bodies = traffic(12);
    const signal = new AbortController().signal;
    const { tokenizer, close } = engineTokenizer(fleet.urls.engines[0]!, { headers: {} }, signal);
    const result = await analyzePrompts(await readPrompts(fileOf(bodies)), {
      source: 'prompts.jsonl',
      tokenizer,
      blockSize: undefined,
      showsText: false,
      signal,
    });
    await close();
    expect(result.tokenizer).toEqual({ name: fleet.urls.engines[0], isEstimated: false });
    const estimated = await analyzed(bodies);
    expect(result.reuse).toEqual(estimated.reuse);
  });
});
