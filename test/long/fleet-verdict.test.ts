import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../helpers/exec.ts';
import { documentOf, type Fleet, PORTS, startFleet, stopFleet } from '../helpers/verify-fleet.ts';

/** A GPU whose misses cost so much that a busy test machine does not hide them, and whose decoding is quick. */
const SLOW_PREFILL = `
engines:
  - count: 2
    profile: { base: 8b-h100, timing: { prefillMsPerToken: 0.2, stepMs: 2 } }
`;

describe('kvcache verify against a modelled fleet', () => {
  let fleet: Fleet;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kvcache-verify-test-'));
    const file = join(folder, 'fleet.yaml');
    await writeFile(file, SLOW_PREFILL);
    fleet = await startFleet(['--fleet', file]);
  });
  afterAll(async () => {
    await stopFleet(fleet);
    await rm(folder, { recursive: true });
  });

  const size = [
    '--arms',
    'ABCD',
    '--rounds',
    '8',
    '--requests-per-block',
    '10',
    '--prefix-tokens',
    '512',
  ];

  it('passes with routing on and says what it buys', async () => {
    const result = await kvcache(['verify', ...fleet.flags, ...PORTS, ...size, '--json']);
    const document = documentOf(result);
    expect(document.checks.filter((it) => it.outcome !== 'pass')).toEqual([]);
    expect(document.invalidations).toEqual([]);
    expect(document).toMatchObject({ schema: 'kvcache.verify/v1', outcome: 'pass', exitCode: 0 });
    expect(result.code).toBe(0);
    expect(document.hitRate).toMatchObject({ unknown: 0, chance: 0.5 });
    expect(document.hitRate!.value).toBeGreaterThan(0.9);
    expect(document.doseResponse!.verdict).toBe('causal');
    expect(document.artefacts.workDir).toBeNull();
    expect(document.arms.find((it) => it.id === 'B')!.description).toContain('round-robin');
  }, 150_000);
});
