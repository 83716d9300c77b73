import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../helpers/mock-fleet.ts';
import { type MockProcess, startMockProcess } from './mock-process.ts';
import { npmPeer } from './npm.ts';
import { probeRouter, routesBy } from './routers/probe.ts';
import { PROGRAMS } from './routers/programs.ts';
import { type RouterCase, ROUTERS } from './routers/router-table.ts';
import { type EngineOfRouter, startRouter } from './routers/start-router.ts';
import { verify, WORDS } from './routers/verify-verdict.ts';

const zeromq = await npmPeer('zeromq', '6.8.0');
const reasons = [zeromq, ...Object.values(PROGRAMS)].flatMap(({ missing }) => missing ?? []);
for (const reason of reasons) console.warn(`skipped: ${reason}`);

/** Two engines in a process of their own, silent about who served, with KV events over ZeroMQ. */
function silentEngines(profile: string): () => EngineOfRouter[] {
  let mocks: MockProcess;
  beforeAll(async () => {
    const folder = zeromq.missing === undefined ? zeromq.folder : '';
    const flags = ['--profile', profile, '--no-served-by', '--kv-events-zmq', 'tcp://127.0.0.1:0'];
    mocks = await startMockProcess(['up', '--port-base', '0', ...flags], folder);
  });
  afterAll(() => {
    mocks.lines.close();
    mocks.child.kill('SIGKILL');
  });
  return () =>
    mocks.ready.engines.map(({ id, url, kvEvents }: Json) => ({ id, url, kvEvents: kvEvents.zmq }));
}

const programOf = ({ program }: RouterCase): string => {
  const found = PROGRAMS[program];
  return found.missing === undefined ? found.path : '';
};
const isHere = ({ program }: RouterCase): boolean => PROGRAMS[program].missing === undefined;

describe.skipIf(zeromq.missing !== undefined)('real routers in front of silent engines', () => {
  const engines = silentEngines('instant');

  for (const [seed, router] of ROUTERS.entries()) {
    it.skipIf(!isHere(router))(`${router.name} routes by ${router.routesBy}`, async () => {
      await using running = await startRouter(programOf(router), engines(), router.launch);
      const findings = await probeRouter({
        gateway: running.url,
        engines: engines().map(({ url }) => url),
        sessionHeader: router.sessionHeader ?? 'x-session-id',
        seed,
      });
      expect({ ...findings, routesBy: routesBy(findings) }).toMatchObject({
        routesBy: router.routesBy,
      });
    });
  }
});

describe.skipIf(zeromq.missing !== undefined)('verify before real routers', () => {
  const engines = silentEngines('8b-h100');

  for (const router of ROUTERS) {
    const { name, outcomes } = router;
    const word = WORDS[router.routesBy];
    it.skipIf(!isHere(router))(`says ${outcomes.join(' or ')} of ${name}`, async () => {
      await using running = await startRouter(programOf(router), engines(), router.launch);
      const verdict = await verify(running.url, engines());
      const isAllowed = outcomes.includes(verdict.outcome);
      const said = word === undefined ? {} : { routesBy: word };
      expect({ ...verdict, isAllowed }).toMatchObject({ isAllowed: true, ...said });
    });
  }
});
