import { describe, expect, it } from 'vitest';
import { verifyFacts } from '../../src/report/judged-verify.ts';
import { resolveTargets } from '../../src/target/settings.ts';
import { sampleVerifyReport } from './sample-reports.ts';

/** What is said of a gateway that `--gateway ./mine` starts. */
function gatewayOf(gatewayUrl: string | null): string {
  const flags = { gateway: './mine', vllm: ['http://a'], lmcache: 'http://b' };
  const report = sampleVerifyReport();
  const targets = { ...report.result.targets, gatewayMode: 'binary' as const, gatewayUrl };
  const settings = resolveTargets(flags, {}).sources;
  const facts = verifyFacts({ ...report, result: { ...report.result, targets, settings } });
  return facts.find(({ name }) => name === 'gateway')!.text;
}

describe('what a verification judged', () => {
  it('names the program that was started', () => {
    expect(gatewayOf('http://127.0.0.1:18889')).toMatch(
      /^\.\/mine, started for this run at http:\/\/127\.0\.0\.1:18889/,
    );
  });

  it('says when it was never started', () => {
    expect(gatewayOf(null)).toBe('./mine, not started');
  });
});
