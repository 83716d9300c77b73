import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { ControllerCore } from '../../../../mocks/controller/core/controller-core.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import { instantProfile } from '../../../../mocks/profiles/builtin.ts';

const LOCATION = 'LocalCPUBackend';
const IDS = ['engine-a', 'engine-b', 'engine-c'];

/** Prompts of four families; two of a family share their first `shared` tokens. */
const prompt = fc
  .record({ family: fc.nat(3), shared: fc.integer({ min: 0, max: 40 }), own: fc.nat(12) })
  .map(({ family, shared, own }) => [
    ...Array.from({ length: shared }, (_, index) => family * 100 + index),
    ...Array.from({ length: own }, (_, index) => 9_000 + own * 50 + index),
  ]);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask' as const), engine: fc.nat(2), prompt }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('evict' as const), engine: fc.nat(2), prompt }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pin' as const), engine: fc.nat(2), prompt }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), engine: fc.nat(2) }) },
);

it('an index without lag agrees, chunk for chunk, with what every engine holds', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.array(prompt, { maxLength: 5 }),
      (history, probes) => {
        const clock = new VirtualClock();
        const controller = new ControllerCore({ clock, chunkTokens: 8, policy: 'all' });
        const tier = { ...instantProfile.tier!, chunkTokens: 8, chunks: 10 };
        const profile = { ...instantProfile, blocks: 64, tier };
        const engines = IDS.map((id) => new EngineCore({ id, clock, profile }));
        for (const engine of engines) {
          const worker = { workerId: 0, ip: '127.0.0.1', port: 1, peerInitUrl: null };
          controller.register({ instanceId: engine.id, ...worker });
          engine.onCacheEvent((event) => {
            if (event.location === LOCATION) controller.report(event);
          });
        }
        for (const [index, one] of history.entries()) {
          const engine = engines[one.engine]!;
          if (one.do === 'clear') engine.operations.clear(LOCATION);
          else if (one.do === 'evict') engine.operations.evict(LOCATION, one.prompt);
          else if (one.do === 'pin') engine.operations.pin(LOCATION, one.prompt);
          else engine.submit({ key: `k${index}`, promptTokens: one.prompt, maxTokens: 1 });
        }
        const prompts = [
          ...probes,
          ...history.flatMap((one) => ('prompt' in one ? [one.prompt] : [])),
        ];
        for (const tokens of prompts) {
          const layout = controller.lookup(tokens);
          for (const engine of engines) {
            const held = engine.operations.resident(LOCATION, tokens);
            expect(layout.get(engine.id)?.tokens ?? 0).toBe(held);
            found += held;
          }
        }
        const counted = controller.keyCounts().reduce((sum, { chunks }) => sum + chunks, 0);
        expect(counted).toBe(
          engines.reduce((sum, { stores }) => sum + stores.tier!.totals.resident, 0),
        );
      },
    ),
    { numRuns: 300, seed: 5 },
  );
  expect(found).toBeGreaterThan(10_000);
});
