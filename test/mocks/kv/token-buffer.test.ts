import { describe, expect, it } from 'vitest';
import { tokenRun, widerRun } from '../../../mocks/kv/token-buffer.ts';

describe('a token run', () => {
  it('grows in place while nothing was handed out after it', () => {
    const run = tokenRun(3);
    run.set([1, 2, 3]);
    const wider = widerRun(run, 5);
    expect([...wider]).toEqual([1, 2, 3, 0, 0]);
    expect(wider.byteOffset).toBe(run.byteOffset);
    expect(wider.buffer).toBe(run.buffer);
  });

  it('moves when another run lies behind it, and leaves that one alone', () => {
    const run = tokenRun(2);
    run.set([1, 2]);
    const behind = tokenRun(2);
    behind.set([7, 8]);
    const wider = widerRun(run, 4);
    wider.set([3, 4], 2);
    expect([...wider]).toEqual([1, 2, 3, 4]);
    expect([...behind]).toEqual([7, 8]);
  });

  it('grows once only: the second to grow the same run moves', () => {
    const run = tokenRun(1);
    run[0] = 9;
    const first = widerRun(run, 3);
    first[1] = 1;
    const second = widerRun(run, 3);
    second[1] = 2;
    expect([...first]).toEqual([9, 1, 0]);
    expect([...second]).toEqual([9, 2, 0]);
  });

  it('grows beyond what a slab holds', () => {
    const run = tokenRun(1_000).fill(5);
    const wider = widerRun(run, 200_000);
    expect(wider).toHaveLength(200_000);
    expect(wider.subarray(0, 1_000).every((id) => id === 5)).toBe(true);
    expect(wider[1_000]).toBe(0);
  });
});
