import { describe, expect, it } from 'vitest';
import { BackgroundQueue } from '../../../../src/gateway/filters/kvcache/background-queue.ts';

describe('the background queue', () => {
  const held = () => {
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => (release = resolve));
    return { job: () => promise, release: () => release() };
  };

  it('runs a few at a time and drops what does not fit', async () => {
    const queue = new BackgroundQueue(1, 1);
    const [first, second] = [held(), held()];
    expect([queue.push(first.job), queue.push(second.job), queue.push(second.job)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(queue).toMatchObject({ size: 2, dropped: 1 });
    first.release();
    second.release();
    await queue.close(10_000);
    expect(queue.size).toBe(0);
    expect(queue.push(first.job)).toBe(false);
  });

  it('lets any number of calls listen for its end', async () => {
    const queue = new BackgroundQueue(1, 1);
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    queue.push(async (signal) => {
      for (let call = 0; call < 40; call++) signal.addEventListener('abort', () => {});
    });
    await queue.close(10_000);
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('aborts what is left after the grace time', async () => {
    const queue = new BackgroundQueue(1, 10);
    let isAborted = false;
    queue.push(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            resolve();
          });
        }),
    );
    await queue.close(1);
    expect(isAborted).toBe(true);
  });
});
