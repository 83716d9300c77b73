import { expect, it } from 'vitest';
import { Remembered } from '../../src/base/remembered.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

function counting(answers: readonly (number | Error)[]) {
  const clock = new VirtualClock();
  let asked = 0;
  const remembered = new Remembered<number>({
    clock,
    freshMs: 1_000,
    retryMs: 100,
    ask: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { clock, remembered, asked: () => asked };
}

const any = (): boolean => true;
const isTwo = (value: number): boolean => value === 2;

it('asks once, however many want to know', async () => {
  const { remembered, asked } = counting([1]);
  expect(await Promise.all([remembered.get(any), remembered.get(any)])).toEqual([1, 1]);
  expect(asked()).toBe(1);
});

it('asks again for what it lacks, but not at once', async () => {
  const { clock, remembered, asked } = counting([1, 2]);
  expect(await remembered.get(isTwo)).toBe(1);
  expect(await remembered.get(isTwo)).toBe(1);
  expect(asked()).toBe(1);
  clock.advanceBy(100);
  expect(await remembered.get(isTwo)).toBe(2);
});

it('makes sure of an old value beside its use', async () => {
  const { clock, remembered, asked } = counting([1, 2]);
  await remembered.get(any);
  clock.advanceBy(1_000);
  expect(await remembered.get(any)).toBe(1);
  expect(asked()).toBe(2);
  expect(await remembered.get(any)).toBe(2);
});

it('remembers no failure, and keeps what it knew', async () => {
  const { clock, remembered } = counting([new Error('away'), 1, new Error('away'), 2]);
  await expect(remembered.get(any)).rejects.toThrow('away');
  expect(await remembered.get(any)).toBe(1);
  clock.advanceBy(1_000);
  expect(await remembered.get(any)).toBe(1);
  expect(await remembered.get(any)).toBe(1);
});
