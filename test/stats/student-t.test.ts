import { describe, expect, it } from 'vitest';
import { studentTCdf, studentTQuantile } from '../../src/stats/student-t.ts';

describe("Student's t", () => {
  it.each([
    [1, 12.7062],
    [2, 4.302653],
    [7, 2.364624],
    [10, 2.228139],
    [23, 2.068658],
  ])('has the tabled 97.5 %% quantile for %i degrees', (degrees, quantile) => {
    expect(studentTQuantile(0.975, degrees)).toBeCloseTo(quantile, 4);
    expect(studentTQuantile(0.025, degrees)).toBeCloseTo(-quantile, 4);
    expect(studentTCdf(quantile, degrees)).toBeCloseTo(0.975, 5);
  });
});
