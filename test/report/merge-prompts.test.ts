import { describe, expect, it } from 'vitest';
import { builtinProfiles } from '../../mocks/profiles/builtin.ts';
import { createRandom } from '../../src/base/random.ts';
import { PromptsPart } from '../../src/prompts/part.ts';
import { prefillCost } from '../../src/prompts/prefill-cost.ts';
import { promptsReport } from '../../src/report/build-prompts.ts';
import { mergePrompts } from '../../src/report/merge-prompts.ts';
import type { PromptsReport } from '../../src/report/model.ts';
import { analyzed } from '../prompts/prompt-files.ts';

const JUDGED = { outcome: 'pass', exitCode: 0, checks: [] } as const;
const cost = prefillCost(builtinProfiles['8b-h100']!);

async function report(bodies: readonly unknown[], part?: PromptsPart): Promise<PromptsReport> {
  return promptsReport('kvcache prompts analyze', await analyzed(bodies, { cost, part }), JUDGED);
}

const shardsOf = (bodies: readonly unknown[], of: number, settings: object = {}) =>
  Promise.all(
    Array.from({ length: of }, (_, index) =>
      report(bodies, new PromptsPart({ index, of }, settings)),
    ),
  );

const merged = (shards: readonly PromptsReport[]): PromptsReport =>
  mergePrompts(
    shards,
    shards.map((_, at) => `shard-${at}`),
  );

/** Conversations that go on by turns, some with a time, an id or another order of words at their front. */
function traffic(seed: number): unknown[] {
  const random = createRandom(seed);
  const words = (n: number): string =>
    Array.from({ length: n }, () => `w${random.int(400)}`).join(' ');
  const system = words(60);
  const talks = Array.from({ length: 4 }, (_, session) => ({ session, turns: [] as unknown[] }));
  const fronts = [
    () => '',
    () => `At 10:${10 + random.int(50)}. `,
    () => `Request ${random.int(1e9).toString(16)}. `,
    () => `${words(3)}. `,
  ];
  return Array.from({ length: 30 }, () => {
    const { session, turns } = talks[random.int(4)]!;
    turns.push({ role: 'user', content: words(20) });
    const front = fronts[session]!();
    const messages = [{ role: 'system', content: front + system }, ...turns];
    const body = {
      session_id: `s${session}`,
      body: { model: 'm', messages: structuredClone(messages) },
    };
    turns.push({ role: 'assistant', content: words(15) });
    return body;
  });
}

describe('shards of an analysis', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => [seed, 1 + (seed % 7)]))(
    'come to the analysis of one process (file %i, %i shards)',
    async (seed, of) => {
      const bodies = traffic(seed);
      const whole = await report(bodies);
      const shards = await shardsOf(bodies, of);
      expect(whole.result.breaks!.breaks).toBeGreaterThan(of);
      const shuffled = shards.toSorted(
        (a, b) => ((a.result.part!.shard * 5) % 7) - ((b.result.part!.shard * 5) % 7),
      );
      expect(merged(shuffled)).toEqual(whole);
    },
  );

  it('each have breaks of their own requests alone, and all else of the whole file', async () => {
    const bodies = traffic(1);
    const { breaks: all, ...whole } = (await report(bodies)).result;
    const [, one] = await shardsOf(bodies, 3);
    const { breaks, part, ...rest } = one!.result;
    expect(rest).toEqual(whole);
    expect(part).toMatchObject({ shard: 1, of: 3 });
    expect(breaks!.worst.every(({ request }) => request % 3 === 2)).toBe(true);
    expect(breaks!.breaks).toBeLessThan(all!.breaks);
  });

  it('are refused where some are missing, one is there twice, or they are of different files or ways to read', async () => {
    const all = await shardsOf(traffic(1), 3);
    const [a] = all as [PromptsReport];
    const [other] = (await shardsOf(traffic(2), 3)) as [PromptsReport];
    const [otherwise] = (await shardsOf(traffic(1), 3, { showsText: true })) as [PromptsReport];
    const edited = { ...a, result: { ...a.result, promptTokens: 1 } };
    for (const [shards, code] of [
      [all.slice(0, 2), 'MERGE_INCOMPLETE'],
      [[...all, a], 'MERGE_TWICE'],
      [[other, ...all.slice(1)], 'RUNS_INCOMPARABLE'],
      [[otherwise, ...all.slice(1)], 'RUNS_INCOMPARABLE'],
      [[{ ...a, version: '1' }, ...all.slice(1)], 'RUNS_INCOMPARABLE'],
      [[{ ...a, comparable: { tokenizer: 'x' } }, ...all.slice(1)], 'RUNS_INCOMPARABLE'],
      [[edited, ...all.slice(1)], 'MERGE_MISMATCH'],
      [[await report(traffic(1)), ...all], 'MERGE_UNSUPPORTED'],
    ] as const) {
      expect(() => merged(shards)).toThrow(expect.objectContaining({ code }));
    }
  });
});
