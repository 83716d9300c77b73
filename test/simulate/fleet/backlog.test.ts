import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../src/simulate/fleet/backlog.ts';
import { fileOf } from '../mooncake-file.ts';
import { fleetOf, requestsIn, samplesOf } from '../scenes.ts';

const fleet = fleetOf(2, '8b-h100', { jitter: { ttftCv: 0, itlCv: 0 }, tier: null });
const NOTHING = new Uint32Array(2);

describe('the time until an engine begins to answer', () => {
  it('is that of a prompt alone where nothing waits', async () => {
    const row = { timestamp: 0, input_length: 5_000, output_length: 4, hash_ids: [] };
    const [alone] = await samplesOf('round-robin', {
      fleet,
      requests: requestsIn(fileOf([row])),
    });
    expect(new Backlog(fleet).firstTokenMs(5_000, NOTHING)[0]).toBeCloseTo(alone!.ttftMs!, 6);
  });

  it('is that of two prompts one after the other where one has been sent before', async () => {
    const row = { timestamp: 0, input_length: 2_000, output_length: 1, hash_ids: [] };
    const [, second] = await samplesOf('round-robin', {
      fleet: { ...fleet, engines: fleet.engines.slice(0, 1) },
      requests: requestsIn(fileOf([row, row])),
    });
    const backlog = new Backlog(fleet);
    const begun = backlog.add(0, 2_000, 0);
    const [busy, idle] = backlog.firstTokenMs(2_000, NOTHING);
    // Both fit into one step, which the model of prompts alone counts twice.
    expect(busy! - second!.ttftMs!).toBeCloseTo(fleet.engines[0]!.profile.timing.stepMs, 6);
    begun();
    begun();
    expect(backlog.firstTokenMs(2_000, NOTHING)).toEqual(Float64Array.of(idle!, idle!));
  });

  it('is shorter by what the engine holds', () => {
    const [none, most] = new Backlog(fleet).firstTokenMs(2_000, Uint32Array.of(0, 1_600));
    expect(most).toBeLessThan(none! / 2);
  });
});
