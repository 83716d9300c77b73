import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { profileOf } from '../../../src/cli/prompts/reading.ts';
import { prefillCost } from '../../../src/prompts/prefill-cost.ts';

const cwd = mkdtempSync(join(tmpdir(), 'prompts-reading-'));
const NO_FLAGS = { tokenizer: undefined, apiKeyEnv: undefined, showText: false };
const PROMPT = { tokens: 4_000, from: 0, lost: 2_000 };

const costOf = (profile: string) => prefillCost(profileOf({ ...NO_FLAGS, profile }, { cwd })!);

function written(name: string, text: string): string {
  writeFileSync(join(cwd, name), text);
  return name;
}

describe('--profile', () => {
  it('takes a file beside us, with what it says over its base', () => {
    const file = written('mine.yaml', 'base: 8b-h100\ntiming: { prefillMsPerToken: 0.6 }\n');
    const shipped = costOf('8b-h100');
    const mine = costOf(file);
    // Ten times 0.06 ms for each of 2,000 tokens.
    expect(mine.lostMs(PROMPT) - shipped.lostMs(PROMPT)).toBeCloseTo(0.54 * 2_000, 6);
    expect([shipped.profile, mine.profile]).toEqual(['8b-h100', 'mine.yaml']);
  });

  it('says of a calibrated one on which lengths nobody knows', () => {
    const seen = { promptTokensMin: 100, promptTokensMax: 3_000, contextTokensMax: 1, batchMax: 1 };
    const calibrated = { base: '8b-h100', calibration: { ...CALIBRATION, seen } };
    const file = written('calibrated.json', JSON.stringify(calibrated));
    const cost = costOf(file);
    expect([99, 100, 3_000, 3_001].map(cost.isBeyond)).toEqual([true, false, false, true]);
    const shipped = costOf('8b-h100');
    expect([1, 1_000_000].map(shipped.isBeyond)).toEqual([false, false]);
  });

  it.each([
    ['nearest', 'UNKNOWN_PROFILE'],
    ['./absent.yaml', 'FILE_UNREADABLE'],
    [written('bad.yaml', 'base: 8b-h100\nspeed: 2\n'), 'BAD_PROFILE'],
    [written('text.yaml', 'just words\n'), 'BAD_PROFILE'],
  ])('is refused with %s', (profile, code) => {
    expect(() => costOf(profile)).toThrow(expect.objectContaining({ code, kind: 'usage' }));
  });
});

const CALIBRATION = {
  by: '1.0.0',
  date: '2026-01-01T00:00:00.000Z',
  source: 'usage',
  engine: 'vLLM',
  model: 'm',
  base: '8b-h100',
  requests: 1,
  heldOut: 'none',
  terms: {},
  holdOutError: {},
};
