import { describe, it } from 'vitest';
import { pathOf, whyMissing } from './programs.ts';
import { ROUTERS } from './router-table.ts';
import { startSilentEngines } from './silent-engines.ts';
import { startRouter } from './start-router.ts';
import { verify, WORDS, type VerifyVerdict } from './verify-verdict.ts';

// What it waits for is the engines' pretended work, so that three side by side still have a core to spare.
describe.concurrent('verify before real routers', () => {
  for (const router of ROUTERS) {
    const { name, program, launch, routesBy, outcomes, engineFlags = [] } = router;
    if (outcomes === undefined) continue;
    const word = WORDS[routesBy];
    it.skipIf(whyMissing(program))(
      `says ${outcomes.join(' or ')} of ${name}`,
      async ({ expect }) => {
        await using silent = await startSilentEngines(['--profile', '8b-h100', ...engineFlags]);
        await using running = await startRouter(pathOf(program), silent.engines, launch);
        const judge = (): Promise<VerifyVerdict> => verify(running.url, silent.engines, router);
        const first = await judge();
        // Invalid says of this machine that it was busy, and of the router nothing.
        const verdict = first.outcome === 'invalid' ? await judge() : first;
        const isAllowed = outcomes.includes(verdict.outcome);
        const said = word === undefined ? {} : { routesBy: word };
        const heard = router.followsEvents ? { events: 'pass' } : {};
        expect({ ...verdict, isAllowed }).toMatchObject({ isAllowed: true, ...said, ...heard });
      },
    );
  }
});
