import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import { probePlan } from '../../src/calibrate/probe/plan.ts';
import { SampleLog } from '../../src/load/sample-log.ts';
import { probeVirtually, ProbePrompts } from '../calibrate/virtual-engine.ts';
import { callProgram } from '../helpers/call-program.ts';
import { examplesOf, timeless } from '../helpers/documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-guides-'));
beforeAll(writeProbes);
afterAll(() => rmSync(folder, { recursive: true }));

/** What `--record` would keep of the mock engine that the guide speaks of, asked as it says, without a machine between. */
function writeProbes(): void {
  const profile = resolveProfile('8b-h100');
  const limits = { rounds: 8, batch: 8, contextTokens: 4_096, hasTier: false };
  const cacheTokens = profile.blocks * profile.blockSize;
  const plan = probePlan({ ...limits, cacheTokens, seed: 1, runId: 'guide' });
  const log = new SampleLog(join(folder, 'probes.ndjson'), {
    command: 'calibrate',
    engine: 'vLLM 0.32.0',
    model: 'mock-model',
  });
  const prompts = new ProbePrompts(profile.blockSize);
  for (const sample of probeVirtually({ plan, profile, prompts, seed: 1 })) log.append(sample);
  expect(log.close()).toBeUndefined();
}

// The first call loads all of the command.
describe('the guide to calibrations', { timeout: 60_000 }, () => {
  const examples = examplesOf('docs/guides/calibrate.md');

  it('shows what its example prints', async () => {
    expect(examples).toHaveLength(1);
    const { args, output } = examples[0]!;
    const { exitCode, stdout, stderr } = await callProgram(args, folder);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    expect(timeless(stdout)).toBe(timeless(output));
  });
});
