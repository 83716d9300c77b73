import { describe, it } from 'vitest';
import { probeRouter, routesBy } from './probe.ts';
import { pathOf, whyMissing } from './programs.ts';
import { ROUTERS } from './router-table.ts';
import { startSilentEngines } from './silent-engines.ts';
import { startRouter } from './start-router.ts';

describe.concurrent('real routers in front of silent engines', () => {
  for (const [seed, router] of ROUTERS.entries()) {
    const { name, program, launch, engineFlags = [] } = router;
    it.skipIf(whyMissing(program))(`${name} routes by ${router.routesBy}`, async ({ expect }) => {
      await using silent = await startSilentEngines(['--profile', 'instant', ...engineFlags]);
      await using running = await startRouter(pathOf(program), silent.engines, launch);
      const findings = await probeRouter({
        gateway: running.url,
        engines: silent.engines.map(({ url }) => url),
        sessionHeader: router.sessionHeader ?? 'x-session-id',
        seed,
      });
      expect({ ...findings, routesBy: routesBy(findings) }).toMatchObject({
        routesBy: router.routesBy,
      });
    });
  }
});
