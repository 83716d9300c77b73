import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { TokenMeter } from '../../src/target/ruler.ts';
import { llamaCppHabits, vllmHabits } from '../helpers/engine-kinds.ts';
import {
  type EngineHabits,
  type StandInEngine,
  startEngineStandIn,
} from '../helpers/engine-stand-in.ts';

const running: StandInEngine[] = [];
afterEach(() => {
  for (const engine of running.splice(0)) engine.close();
});

async function ruler(...fleet: EngineHabits[]): Promise<TokenMeter> {
  const engines = await Promise.all(fleet.map((habits) => startEngineStandIn(habits)));
  running.push(...engines);
  const chat = {
    targets: { model: 'm', access: { headers: {} } },
    clock: systemClock,
    timeoutMs: 2_000,
  };
  return new TokenMeter(
    engines.map(({ url }) => url),
    chat,
  );
}

describe('how long a prompt is', () => {
  it('is told by the first server that tokenizes chats', async () => {
    const found = await ruler({}, vllmHabits());
    expect(await found.hasTokenizer()).toBe(true);
    expect(await found.tokenizeIds('one three four')).toEqual([3, 5, 4]);
    expect(await found.countTokens('one three four')).toBe(3);
    expect(running.map((it) => it.counts.requests)).toEqual([0, 0]);
    await found.close();
  });

  it('is what an answer bills where nobody tokenizes', async () => {
    const found = await ruler(llamaCppHabits);
    expect(await found.hasTokenizer()).toBe(false);
    expect(await found.tokenizeIds('one')).toBeNull();
    expect(await found.countTokens('one two three four')).toBe(4);
    expect(running[0]!.counts.requests).toBe(1);
  });

  it('is unknown where nothing is billed either', async () => {
    const found = await ruler({ page: { status: 200, type: 'application/json', text: '{}' } });
    await expect(found.countTokens('one')).rejects.toMatchObject({ code: 'LENGTH_UNKNOWN' });
  });

  it('cannot be asked of a server that is not there', async () => {
    const chat = {
      targets: { model: 'm', access: { headers: {} } },
      clock: systemClock,
      timeoutMs: 500,
    };
    const found = new TokenMeter(['http://127.0.0.1:1'], chat);
    await expect(found.countTokens('one')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
