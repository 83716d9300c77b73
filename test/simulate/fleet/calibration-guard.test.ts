import { describe, expect, it } from 'vitest';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import { resolveProfile } from '../../../mocks/profiles/resolve.ts';
import { CalibrationGuard } from '../../../src/simulate/fleet/calibration-guard.ts';
import { fleetOf, requestsIn, samplesOf } from '../scenes.ts';

const seen = { promptTokensMin: 20, promptTokensMax: 600, contextTokensMax: 640, batchMax: 2 };
const calibration = { seen } as EngineProfile['calibration'];
const profile = { ...resolveProfile('8b-h100'), name: 'mine', calibration };
const row = (timestamp: number, length: number, id: number): string =>
  JSON.stringify({ timestamp, input_length: length, output_length: 8, hash_ids: [id] });

function simulated(rows: string[], guard: CalibrationGuard) {
  return samplesOf('round-robin', {
    fleet: fleetOf(1, '8b-h100', { name: 'mine', calibration }),
    requests: requestsIn(rows.join('\n')),
    guard,
  });
}

describe('a simulation with a calibrated profile', () => {
  it('runs within what was seen', async () => {
    const samples = await simulated([row(0, 500, 1), row(1, 500, 2)], new CalibrationGuard(false));
    expect(samples.map(({ failure }) => failure)).toEqual([null, null]);
  });

  it.each([
    ['longer prompts', [row(0, 601, 1)], 'prompts of more than 600 tokens'],
    ['shorter ones', [row(0, 19, 1)], 'prompts of fewer than 20 tokens'],
    ['larger batches', [0, 1, 2].map((at) => row(at, 500, at)), 'more than 2 requests at once'],
  ])('refuses %s', async (_, rows, what) => {
    await expect(simulated(rows, new CalibrationGuard(false))).rejects.toMatchObject({
      code: 'EXTRAPOLATION_REFUSED',
      message: expect.stringContaining(what) as string,
    });
  });

  it('goes on when told to, and remembers how far', async () => {
    const guard = new CalibrationGuard(true);
    await simulated([row(0, 601, 1), row(1, 512, 2), row(2, 900, 3), row(3, 5, 4)], guard);
    expect(guard.beyond).toEqual([
      'prompts of more than 600 tokens (900)',
      'prompts with answers of more than 640 tokens (908)',
      'prompts of fewer than 20 tokens (5)',
      'more than 2 requests at once (4)',
    ]);
  });

  it('knows no bounds of a profile that nobody calibrated', () => {
    const guard = new CalibrationGuard(false);
    guard.onRequest(resolveProfile('8b-h100'), 1e6, 2e6);
    guard.onBatch(resolveProfile('8b-h100'), 1e6);
    guard.onRequest(profile, 600, 640);
    expect(guard.beyond).toEqual([]);
  });
});
