import { describe, expect, it } from 'vitest';
import { DayPast, SLOT_MS } from '../../src/watch/day-past.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('the past of a day', () => {
  it('is asked for the same time yesterday and an hour around it, and keeps no more than that takes', () => {
    const past = new DayPast();
    for (let atMs = 0; atMs < 3 * DAY_MS; atMs += SLOT_MS) past.add(atMs / HOUR_MS, atMs);
    const values = past.yesterday(3 * DAY_MS - SLOT_MS);
    const fiveMinutes = SLOT_MS / HOUR_MS;
    expect(Math.min(...values)).toBeCloseTo(47 - fiveMinutes, 9);
    expect(Math.max(...values)).toBeCloseTo(49 - fiveMinutes, 9);
    expect(values).toHaveLength(25);
    expect([...past.values].length).toBeLessThanOrEqual(25 * 12 + 1);
    expect(past.yesterday(10 * DAY_MS)).toEqual([]);
  });

  it('forgets what is ahead when the clock was set back', () => {
    const past = new DayPast();
    for (let atMs = 10 * DAY_MS; atMs < 12 * DAY_MS; atMs += SLOT_MS) past.add(1, atMs);
    past.add(2, 5 * DAY_MS);
    expect([...past.values]).toEqual([[(5 * DAY_MS) / SLOT_MS, 2]]);
  });
});
