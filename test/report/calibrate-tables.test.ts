import { describe, expect, it } from 'vitest';
import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import { calibrate } from '../../src/calibrate/calibration.ts';
import { figuresOf } from '../../src/calibrate/figures.ts';
import { calibrateChecks } from '../../src/calibrate/judge.ts';
import { probePlan } from '../../src/calibrate/probe/plan.ts';
import type { Sample } from '../../src/load/sample.ts';
import { calibrateReport } from '../../src/report/build-calibrate.ts';
import { renderHtml } from '../../src/report/formats/html.ts';
import { renderOpenMetrics } from '../../src/report/formats/openmetrics.ts';
import { renderTerminal } from '../../src/report/formats/terminal.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { parseReport } from '../../src/report/read.ts';
import { HIDDEN_TIMING, hiddenEngine } from '../calibrate/hidden-engines.ts';
import { probeVirtually, ProbePrompts } from '../calibrate/virtual-engine.ts';

const base = resolveProfile('8b-h100');
const profile = hiddenEngine(HIDDEN_TIMING);
const limits = { rounds: 8, contextTokens: 4_096, batch: 8, cacheTokens: 65_536 };
const plan = probePlan({ ...limits, hasTier: false, seed: 1, runId: 'r' });
const prompts = new ProbePrompts(profile.blockSize);
const samples = probeVirtually({ plan, profile, prompts, seed: 1 });

function reportOf(of: readonly Sample[], maxError?: number) {
  const result = figuresOf(calibrate(of, base), base, {
    source: 'http://127.0.0.1:8000',
    engine: 'vLLM 0.32.0',
    model: 'mock-model',
    requests: of.length,
    notes: ['4 of 8 rounds were sent: the budget was used up.'],
  });
  return calibrateReport({
    version: '0.0.0',
    outcome: 'pass',
    exitCode: 0,
    isPartial: false,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1_000,
    seed: 1,
    comparable: {},
    checks: calibrateChecks(result, { maxError, company: undefined }),
    samples: of,
    result,
  });
}

const report = reportOf(samples);
const outcomes = (of: typeof report): string[] =>
  of.checks.map(({ id, outcome }) => `${id} ${outcome}`);

describe('a calibration as a report', () => {
  it('stands in 80 columns, each term with its interval and how far it is known', () => {
    const text = renderTerminal(report, { ...PLAIN_LOOK, width: 80 });
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/^s +11(\.\d+)? +1[01](\.\d+)? to 11(\.\d+)? +ms +±\d/m);
    expect(text).toMatch(/^fixed +1 +– +ms +not known$/m);
    expect(text).toMatch(/^q +\d\.\d\de-\d /m);
    expect(text).toContain('4 of 8 rounds were sent');
  });

  it('names what it takes to know what is not known', () => {
    expect(renderTerminal(report, { ...PLAIN_LOOK, width: 200 })).toContain(
      'load is not known, 8b-h100’s was kept: it takes prompts of unlike lengths that come from the second tier alone',
    );
  });

  it('has a plot of residuals for each time', () => {
    const html = renderHtml(report);
    for (const metric of ['ttft', 'itl', 'latency'])
      expect(html).toContain(`id="residuals-${metric}"`);
  });

  it('tells programs how far predictions are off', () => {
    expect(renderOpenMetrics(report)).toMatch(
      /kvcache_prediction_error\{metric="ttft",regime="all"\} 0\.\d/,
    );
  });

  it('can be read again', () => {
    expect(parseReport(JSON.stringify(report), 'report.json')).toEqual(report);
  });
});

describe('the judgement of a calibration', () => {
  it('passes where all is known that times are made of, and something was predicted', () => {
    expect(outcomes(report)).toEqual(['terms-known pass', 'hold-out pass']);
  });

  it('fails where predictions are further off than was allowed', () => {
    expect(outcomes(reportOf(samples, 1e-6))).toEqual(['terms-known pass', 'hold-out fail']);
  });

  it('is open where nothing but first tokens was seen, and says what is missing', () => {
    const firsts = reportOf(samples.filter(({ arm }) => arm === 'cold'));
    expect(outcomes(firsts)).toEqual(['terms-known inconclusive', 'hold-out inconclusive']);
    expect(firsts.checks[0]!.actual).toContain('s, d, k');
    expect(firsts.checks[0]!.remedy).toContain('gaps between tokens');
  });

  it('is open where there was nothing to fit', () => {
    expect(outcomes(reportOf([]))).toEqual(['terms-known inconclusive', 'hold-out inconclusive']);
  });

  it('does not believe what others may have slowed down', () => {
    const company = { foreignRequests: 2, externalTokens: 0 };
    const checks = calibrateChecks(report.result, { maxError: undefined, company });
    expect(checks.find(({ id }) => id === 'engine-alone')).toMatchObject({ outcome: 'invalid' });
    const unknown = { foreignRequests: null, externalTokens: null };
    expect(calibrateChecks(report.result, { maxError: undefined, company: unknown })).toHaveLength(
      2,
    );
  });
});
