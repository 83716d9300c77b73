import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFleet } from '../../mocks/fleet/fleet-plan.ts';
import { readProfileFile } from '../../mocks/fleet/engine-profile.ts';
import { resolveProfile } from '../../mocks/profiles/resolve.ts';
import type { ProfileCalibration } from '../../mocks/profiles/profile.ts';
import type { FittedTerm } from '../../src/calibrate/fit/judge-terms.ts';
import { profileText } from '../../src/calibrate/profile-text.ts';
import { HIDDEN_TIMING, hiddenEngine } from './hidden-engines.ts';

const CALIBRATION: ProfileCalibration = {
  by: '0.1.0',
  date: '2026-01-01T00:00:00.000Z',
  source: 'http://127.0.0.1:8000',
  engine: 'vLLM "0.32.0": it\'s #1',
  model: 'a: b',
  base: '8b-h100',
  requests: 10,
  heldOut: 'every 4th round',
  seen: { promptTokensMin: 9, promptTokensMax: 900, contextTokensMax: 950, batchMax: 8 },
  terms: { stepMs: { status: 'known', low: 10.9, high: 11.1 }, apiMs: { status: 'unknown' } },
  holdOutError: { ttft: 0.05 },
};
const TERMS: FittedTerm[] = [
  {
    name: 'stepMs',
    value: 11,
    interval: { low: 10.9, high: 11.1, confidence: 0.95 },
    status: 'known',
    given: [],
  },
  { name: 'apiMs', value: 5, interval: null, status: 'unknown', given: [] },
];

function written(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'kvcache-')), 'engine.yaml');
  writeFileSync(file, text);
  return file;
}

const profile = { ...hiddenEngine(HIDDEN_TIMING, { blocks: 512 }), name: 'engine' };
const text = profileText({ profile, terms: TERMS, calibration: CALIBRATION });

describe('the text of a profile', () => {
  it('is read as what was written', () => {
    const read = readProfileFile(written(text));
    expect(read).toEqual({ ...profile, calibration: CALIBRATION });
  });

  it('says beside each value how far it is known', () => {
    expect(text).toContain('stepMs: 11 # known, 10.9 to 11.1 ms\n');
    expect(text).toContain('apiMs: 7 # not known; the base profile’s\n');
  });

  it('keeps the second tier’s terms where they were fitted', () => {
    const fitted = TERMS.concat({ ...TERMS[0]!, name: 'tierFixedMs' });
    const tier = { ...profile.tier!, loadFixedMs: 2.5, bytesPerMs: 12_345 };
    const file = written(
      profileText({ profile: { ...profile, tier }, terms: fitted, calibration: CALIBRATION }),
    );
    expect(readProfileFile(file).tier).toEqual(tier);
    expect(readProfileFile(written(text)).tier).toEqual(resolveProfile('8b-h100').tier);
  });

  it('can be named where a profile can', () => {
    const { engines } = readFleet({ engines: [{ profile: written(text) }] }, {});
    expect(engines[0]!.profile.timing).toEqual(HIDDEN_TIMING);
  });

  it('is refused with its place when it was broken', () => {
    const broken = written(text.replace('stepMs: 11', 'stepMs: -11'));
    const read = (): unknown => readFleet({ engines: [{ profile: broken }] }, {});
    expect(read).toThrow(expect.objectContaining({ code: 'BAD_PROFILE', where: `${broken}:4:11` }));
  });
});
