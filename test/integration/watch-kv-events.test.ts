import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { FleetEars } from '../../src/watch/heard/fleet-ears.ts';
import type { HeardReading } from '../../src/watch/reading.ts';
import { send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';

const stages: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of stages.splice(0).reverse()) await end();
});

const IDS = ['engine-a', 'engine-b'] as const;

async function setStage(): Promise<{ fleet: TestFleet; ears: FleetEars }> {
  const fleet = await startTestFleet({
    controller: null,
    engines: [{ count: 2, kvEvents: true, profile: { base: 'instant', tier: null } }],
  });
  stages.push(() => fleet.close());
  const ears = new FleetEars(systemClock);
  stages.push(() => ears.close());
  return { fleet, ears };
}

const sourcesOf = ({ urls }: TestFleet) =>
  urls.engines.map((url, at) => ({
    endpointId: IDS[at]!,
    url: `${url}/__mock/events`,
    replay: '',
    topic: '',
  }));

const ask = (url: string, word: string): Promise<unknown> =>
  send(`${url}/v1/chat/completions`, {
    model: 'mock-model',
    max_tokens: 1,
    messages: [{ role: 'user', content: `${word} `.repeat(100) }],
  });

const of = (ears: FleetEars, at: 0 | 1): HeardReading => ears.read()[IDS[at]]!;
const until = (probe: () => boolean): Promise<void> =>
  expect.poll(probe, { timeout: 10_000, interval: 20 }).toBe(true);

it('tell of each engine what it stored, and what of it another had', async () => {
  const { fleet, ears } = await setStage();
  const [a, b] = fleet.urls.engines as [string, string];
  await ask(a, 'past');
  ears.follow(sourcesOf(fleet));
  await until(() => of(ears, 0).isHeard && of(ears, 1).isHeard);
  // The past is known, and of no window.
  expect(of(ears, 0)).toMatchObject({ counts: { events: 0 }, trouble: null });
  expect(of(ears, 0).blocks).toBeGreaterThan(0);

  await ask(a, 'fresh');
  await until(() => of(ears, 0).counts.events > 0);
  expect(of(ears, 0).counts.heldElsewhereTokens).toBe(0);
  await ask(b, 'fresh');
  await ask(b, 'past');
  await until(() => of(ears, 1).blocks === of(ears, 0).blocks);
  // What both prompts begin with was stored once, as everything else of them.
  expect(of(ears, 1).counts.heldElsewhereTokens).toBe(16 * of(ears, 1).blocks);
});

it('say what is wrong with an address, and follow another when they are told so', async () => {
  const { fleet, ears } = await setStage();
  const [good, other] = sourcesOf(fleet);
  ears.follow([{ ...good!, url: 'http://127.0.0.1:9/events' }, other!]);
  await until(() => of(ears, 0).trouble !== null && of(ears, 1).isHeard);
  expect(of(ears, 0).isHeard).toBe(false);
  const [, b] = fleet.urls.engines as [string, string];
  await ask(b, 'kept');
  await until(() => of(ears, 1).counts.events > 0);
  ears.follow(sourcesOf(fleet));
  await until(() => of(ears, 0).isHeard);
  expect(of(ears, 1).counts.events).toBeGreaterThan(0);
  ears.follow([good!]);
  expect(Object.keys(ears.read())).toEqual([IDS[0]]);
});
