import { describe, expect, it } from 'vitest';
import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import { calibrate, termsIn } from '../../src/calibrate/calibration.ts';
import { createRandom } from '../../src/base/random.ts';
import { probePlan } from '../../src/calibrate/probe/plan.ts';
import type { TermName } from '../../src/calibrate/terms.ts';
import type { Sample } from '../../src/load/sample.ts';
import { HIDDEN_TIMING, hiddenEngine } from './hidden-engines.ts';
import { streamed } from './samples.ts';
import { probeVirtually, ProbePrompts } from './virtual-engine.ts';

const hidden = hiddenEngine(HIDDEN_TIMING, { jitter: { ttftCv: 0, itlCv: 0 } });
const base = resolveProfile('8b-h100');
const truth = termsIn(hidden);
const plan = probePlan({
  rounds: 4,
  contextTokens: 4_096,
  batch: 16,
  cacheTokens: 65_536,
  hasTier: true,
  seed: 1,
  runId: 'hidden',
});
const samples = probeVirtually({
  plan,
  profile: hidden,
  prompts: new ProbePrompts(hidden.blockSize),
  seed: 1,
});

function found(of: readonly Sample[], name: TermName) {
  return calibrate(of, base)!.terms.find((it) => it.name === name)!;
}

describe('a calibration of an engine without jitter', () => {
  it.each(Object.keys(truth) as TermName[])('finds %s', (name) => {
    const term = found(samples, name);
    expect(term.status).toBe('known');
    expect(Math.abs(term.value / truth[name] - 1)).toBeLessThan(0.002);
  });

  it('predicts what it did not fit, in batches too', () => {
    const { errors } = calibrate(samples, base)!;
    const regimes = errors.map(({ metric, regime }) => `${metric} ${regime}`);
    expect(regimes).toContain('ttft mostly new, in a batch');
    expect(regimes).toContain('itl in a batch');
    expect(errors.filter(({ mape }) => mape > 0.002)).toEqual([]);
  });

  it('says how far it has seen', () => {
    const { ranges } = calibrate(samples, base)!;
    expect(ranges.batchMax).toBe(16);
    expect(ranges.promptTokensMin).toBeLessThan(40);
    expect(ranges.promptTokensMax).toBeGreaterThan(3_000);
    expect(ranges.promptTokensMax).toBeLessThanOrEqual(4_096);
  });
});

describe('a calibration of less', () => {
  it('keeps the base profile’s value of what it never saw', () => {
    const { terms, profile } = calibrate(
      samples.filter(({ arm }) => arm !== 'tier'),
      base,
    )!;
    expect(terms.find((it) => it.name === 'tierMsPerToken')).toMatchObject({
      status: 'unknown',
      value: termsIn(base).tierMsPerToken,
      interval: null,
    });
    expect(profile.tier).toEqual(base.tier);
  });

  it('without gaps between tokens tells a sum of terms from none of them', () => {
    const firsts = samples.filter(({ arm }) => arm === 'cold' || arm === 'warm');
    const short = firsts.filter((it) => it.promptTokens! - it.cachedTokens! < 2_000);
    expect(found(short, 'stepMs')).toMatchObject({ status: 'unknown', value: base.timing.stepMs });
    const api = found(short, 'apiMs');
    expect(api).toMatchObject({ status: 'tied', given: ['stepMs'] });
    expect(found(short, 'postMs').given).toEqual(['outputMsPerToken']);
    expect(api.value).toBeCloseTo(truth.apiMs + truth.stepMs - base.timing.stepMs, 1);
    expect(found(short, 'prefillMsPerToken').status).toBe('known');
  });

  it('of one batch size keeps the base profile’s share of it, and says who rests on that', () => {
    const one = samples.filter((it) => isSolo(it) && it.promptTokens! - it.cachedTokens! < 2_000);
    expect(found(one, 'decodeMsPerRequest')).toMatchObject({
      status: 'unknown',
      value: base.timing.decodeMsPerRequest,
    });
    const given = ['decodeMsPerRequest'];
    expect(found(one, 'stepMs')).toMatchObject({ status: 'tied', given });
    expect(found(one, 'apiMs')).toMatchObject({ status: 'tied', given });
    expect(found(one, 'prefillMsPerToken')).toMatchObject({ status: 'known', given: [] });
  });

  it('of prompts of one length says that a rests on q, which it cannot tell from it', () => {
    const a = oneLength().find(({ name }) => name === 'prefillMsPerToken')!;
    expect(a).toMatchObject({ status: 'tied', given: ['prefillMsPerTokenSquared'] });
    // What q's value in the base profile leaves to it.
    const { prefillMsPerToken, prefillMsPerTokenSquared } = truth;
    const off = (prefillMsPerTokenSquared - base.timing.prefillMsPerTokenSquared) * LENGTH;
    expect(a.value / (prefillMsPerToken + off)).toBeCloseTo(1, 1);
  });

  it('of nothing usable finds nothing', () => {
    expect(calibrate([], base)).toBeUndefined();
    const failed = samples.map((it): Sample => ({ ...it, failure: 'timeout' }));
    expect(calibrate(failed, base)).toBeUndefined();
  });
});

const LENGTH = 1_000;

/** As a verification asks: prompts of one length, cold or cached, and short answers. */
function oneLength() {
  const random = createRandom(3);
  const log = Array.from({ length: 120 }, (_, at) => {
    const cached = at % 2 === 0 ? 0 : 992;
    const computed = LENGTH - cached;
    const prefillMs =
      truth.prefillMsPerToken * computed +
      truth.prefillMsPerTokenSquared * (LENGTH ** 2 - cached ** 2);
    const workMs = prefillMs * (1 + 0.05 * random.normal());
    const ttftMs = truth.apiMs + truth.stepMs + workMs + 0.8 * random.normal();
    const gapMs = truth.stepMs * (1 + 0.03 * random.normal());
    return streamed({ sentMs: 1_000 * at, ttftMs, tokens: 8, gapMs, prompt: LENGTH, cached });
  });
  return calibrate(log, base)!.terms;
}

/** Nobody else was sent at the same time. */
function isSolo({ sentMs }: Sample): boolean {
  return samples.filter((it) => it.sentMs === sentMs).length === 1;
}
