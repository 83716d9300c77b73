import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineCore } from '../../mocks/engine/core/engine-core.ts';
import { builtinProfiles } from '../../mocks/profiles/builtin.ts';
import { sumOf } from '../../src/base/lists.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { analyzePrompts } from '../../src/prompts/analyze.ts';
import { prefillCost } from '../../src/prompts/prefill-cost.ts';
import { readPrompts } from '../../src/prompts/read/read-prompts.ts';
import { builtInTokenizer } from '../../src/prompts/tokens/built-in.ts';
import { ROOT } from '../helpers/exec.ts';

const profile = { ...builtinProfiles['8b-h100']!, jitter: { ttftCv: 0, itlCv: 0 }, tier: null };
const TOKENS = 5_000;

/** Time to the first token of a prompt whose first tokens another one brought into the cache. */
function ttftMs(cached: number): number {
  const clock = new VirtualClock();
  const engine = new EngineCore({ id: 'a', profile, clock });
  const ask = (promptTokens: Uint32Array): number => {
    let found: number | null = null;
    const key = String(promptTokens.length);
    const listener = { onFinish: (it: { ttftMs: number | null }) => (found = it.ttftMs) };
    engine.submit({ key, promptTokens, maxTokens: 1 }, listener);
    clock.runToIdle();
    return found!;
  };
  if (cached > 0) ask(Uint32Array.from({ length: cached + 1 }, (_, at) => at));
  return ask(Uint32Array.from({ length: TOKENS }, (_, at) => at));
}

describe('the time that lost tokens cost', () => {
  it.each([
    [0, 4_992],
    [16, 320],
    [1_024, 3_008],
  ])('is what an idle mock engine takes longer: %i cached, %i lost', (from, lost) => {
    const longer = ttftMs(from) - ttftMs(from + lost);
    const cost = prefillCost(profile);
    expect(cost.lostMs({ tokens: TOKENS, from, lost })).toBeCloseTo(longer, 6);
    expect(longer).toBeGreaterThan(0);
  });

  it('adds up over the breaks of a file, and is absent without a profile', async () => {
    const file = 'fixtures/prompts/depot.jsonl';
    const analyze = async (cost?: ReturnType<typeof prefillCost>) => {
      const chunks = [readFileSync(join(ROOT, file))];
      const source = {
        path: file,
        chunks: (async function* () {
          yield* chunks;
        })(),
      };
      const { breaks } = await analyzePrompts(await readPrompts(source), {
        source: file,
        tokenizer: builtInTokenizer,
        blockSize: undefined,
        showsText: false,
        cost,
        signal: new AbortController().signal,
      });
      return breaks!;
    };
    const cost = prefillCost(profile);
    const breaks = await analyze(cost);
    expect(breaks.cost).toMatchObject({ profile: profile.name, beyond: 0 });
    expect(breaks.cost!.lostMs).toBeCloseTo(
      sumOf(breaks.byCulprit, (it) => it.lostMs!),
      9,
    );
    const [worst] = breaks.worst;
    const { tokens, firstToken: from, lostTokens: lost } = worst!;
    expect(worst!.lostMs).toBeCloseTo(cost.lostMs({ tokens, from, lost }), 3);
    expect(worst!.sentence).toMatch(/tokens lost, [\d.]+ m?s of an engine$/);
    const narrow = await analyze({ ...cost, isBeyond: (it) => it !== tokens });
    expect(narrow.cost!.beyond).toBeLessThan(narrow.breaks);
    expect(narrow.cost!.beyond).toBeGreaterThan(0);
    const plain = await analyze();
    expect(plain).not.toHaveProperty('cost');
    expect(plain.worst[0]).not.toHaveProperty('lostMs');
  });
});
