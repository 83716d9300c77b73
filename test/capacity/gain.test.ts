import { describe, expect, it } from 'vitest';
import { foundCheck, gainCheck } from '../../src/capacity/checks.ts';
import { gainOf } from '../../src/capacity/gain.ts';
import type { CapacityCurve } from '../../src/capacity/result.ts';

const curve = (
  held: number | null,
  failed: number | null,
  end: CapacityCurve['end'] = 'closed',
): CapacityCurve => ({
  arm: '',
  end,
  reasons: [],
  held,
  failed,
  steps: [],
});
const fleet = { engines: 4, pricePerHour: 2.5 };

describe('what routing carries', () => {
  it('lies between what is known of both ends', () => {
    expect(gainOf([curve(10, 12), curve(18, 20)], fleet)).toEqual({
      times: { value: 1.8, low: 1.5, high: 2 },
      enginesSaved: { value: 3.2, low: 2, high: 4 },
      moneySavedPerHour: { value: 8, low: 5, high: 10 },
    });
  });

  it('has no upper end where nothing failed, and no lower one where the other may carry anything', () => {
    const gain = gainOf([curve(10, null), curve(18, null)], { engines: null, pricePerHour: null });
    expect(gain).toMatchObject({ times: { low: 0, high: null }, enginesSaved: null });
    expect(gainCheck(gain).outcome).toBe('inconclusive');
  });

  it('is unknown where one of them held nothing', () => {
    expect(gainOf([curve(null, 1), curve(18, 20)], fleet)).toBeNull();
    expect(gainCheck(null).outcome).toBe('inconclusive');
  });

  it('is unknown where a search was ended before it had a limit', () => {
    expect(gainOf([curve(10, 12), curve(18, 20, 'budget')], fleet)).toBeNull();
  });

  it('passes above 1 for certain, and fails below', () => {
    const outcomeOf = (off: CapacityCurve, on: CapacityCurve) =>
      gainCheck(gainOf([off, on], fleet)).outcome;
    expect(outcomeOf(curve(10, 11), curve(12, 13))).toBe('pass');
    expect(outcomeOf(curve(12, 13), curve(10, 11))).toBe('fail');
    expect(outcomeOf(curve(10, 11), curve(10.5, 11.5))).toBe('inconclusive');
  });
});

describe('a limit that was looked for', () => {
  it.each([
    ['closed', 'pass'],
    ['never', 'fail'],
    ['always', 'inconclusive'],
    ['budget', 'inconclusive'],
    ['prompts', 'inconclusive'],
    ['stopped', 'inconclusive'],
    ['generator', 'invalid'],
  ] as const)('that ended by "%s" is %s', (end, outcome) => {
    const check = foundCheck(curve(10, 12, end));
    expect(check.outcome).toBe(outcome);
    expect(check.actual).toBe('holds at 10/s, fails at 12/s');
    expect(check.remedy === '').toBe(outcome === 'pass');
  });
});
