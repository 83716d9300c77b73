import { describe, expect, it } from 'vitest';
import { EngineCore } from '../../../mocks/engine/core/engine-core.ts';
import { resolveProfile } from '../../../mocks/profiles/resolve.ts';
import { createRandom } from '../../../src/base/random.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { calibrate, termsIn } from '../../../src/calibrate/calibration.ts';
import { observationsOf } from '../../../src/calibrate/observe/observe.ts';
import type { TermName } from '../../../src/calibrate/terms.ts';
import type { Sample } from '../../../src/load/sample.ts';
import { HIDDEN_TIMING, hiddenEngine } from '../hidden-engines.ts';
import { streamed } from '../samples.ts';

const CHUNKING = { prefillChunkTokens: 2_048, maxBatchedTokens: 8_192 };

function sharedOf(samples: Sample[]) {
  return observationsOf(samples, CHUNKING).filter(
    ({ kind, amounts }) => kind === 'first-token' && amounts.decodeMsPerRequest !== undefined,
  );
}

/** Tokens at 10, 20, … 90 and then, after a longer gap, from 150 on. */
const decoding = streamed({
  sentMs: 0,
  ttftMs: 10,
  tokens: 13,
  more: { itlsMs: [10, 10, 10, 10, 10, 10, 10, 10, 60, 10, 10, 10], lastTokenMs: 180 },
});

describe('a step that a prefill shares with decoding', () => {
  it('is told by the tokens of the others, whenever the prompt came', () => {
    const prefilled = streamed({ sentMs: 85, ttftMs: 65, tokens: 1, prompt: 700, cached: 200 });
    expect(sharedOf([decoding, prefilled])).toMatchObject([
      {
        ms: 60,
        amounts: {
          stepMs: 1,
          prefillMsPerToken: 500,
          prefillMsPerTokenSquared: 700 ** 2 - 200 ** 2,
          decodeMsPerRequest: 1,
          decodeMsPerContextToken: 109,
        },
      },
    ]);
  });

  it('is not where two prompts may have been computed in it', () => {
    const two = [85, 86].map((sentMs) => streamed({ sentMs, ttftMs: 150 - sentMs, tokens: 1 }));
    expect(sharedOf([decoding, ...two])).toEqual([]);
  });

  it('is not where the prompt came after it had begun', () => {
    expect(sharedOf([decoding, streamed({ sentMs: 95, ttftMs: 55, tokens: 1 })])).toEqual([]);
  });
});

/** A log as `load --rate` leaves it: whoever is due is sent, whatever is under way. */
function openLoop(requests: number, perSecond: number): Sample[] {
  const clock = new VirtualClock();
  const profile = { ...hiddenEngine(HIDDEN_TIMING), tier: null };
  const core = new EngineCore({ id: 'hidden', profile, clock });
  const random = createRandom(5);
  const samples: Sample[] = [];
  for (let id = 0; id < requests; id++) {
    clock.advanceBy((-Math.log(1 - random.next()) * 1_000) / perSecond);
    const sentMs = clock.nowMs();
    const prompt = 100 + random.int(1_900);
    const marks: number[] = [];
    core.submit(
      {
        key: String(id),
        promptTokens: Uint32Array.from({ length: prompt }, (_, at) => id * 10_000 + at),
        maxTokens: 20 + random.int(100),
        ignoreEos: true,
      },
      {
        onTokens: ({ atMs }) => void marks.push(atMs),
        onFinish: ({ outputTokens, cachedTokens, finishedMs }) => {
          const more = {
            id,
            endMs: finishedMs,
            lastTokenMs: marks.at(-1)!,
            itlsMs: marks.slice(1).map((it, at) => it - marks[at]!),
          };
          const ttftMs = marks[0]! - sentMs;
          const told = { sentMs, ttftMs, tokens: outputTokens, prompt, cached: cachedTokens };
          samples.push(streamed({ ...told, more }));
        },
      },
    );
  }
  clock.runToIdle();
  return samples;
}

describe('a log in which hardly a request was alone', () => {
  const calibration = calibrate(openLoop(1_500, 2.5), resolveProfile('8b-h100'))!;
  const truth = termsIn(hiddenEngine(HIDDEN_TIMING));
  const KNOWN: TermName[] = ['stepMs', 'prefillMsPerToken'];

  it.each(KNOWN)('tells %s all the same', (name) => {
    const term = calibration.terms.find((it) => it.name === name)!;
    expect(Math.abs(term.value / truth[name] - 1)).toBeLessThan(0.05);
    expect(term.interval!.low).toBeLessThan(truth[name]);
    expect(term.interval!.high).toBeGreaterThan(truth[name]);
  });

  it('predicts its last quarter, queues and all', () => {
    const { errors, heldOut } = calibration;
    expect(heldOut).toBe('the last 25 %');
    const itl = errors.find(({ metric, regime }) => metric === 'itl' && regime === 'all')!;
    expect(itl.requests).toBeGreaterThan(300);
    expect(itl.mape).toBeLessThan(0.1);
  });
});
