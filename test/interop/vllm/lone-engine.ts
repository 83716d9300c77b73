import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';
import { MODEL } from './chat-requests.ts';

/** A mock engine that is in nothing told from a real one, with as much context as the tiny model. */
export function startLoneEngine(vllm: string): Promise<TestFleet> {
  const profile = { base: 'instant', maxModelLen: 4_096 };
  return startTestFleet({
    model: MODEL,
    controller: null,
    engines: [{ vllm, servedBy: false, profile }],
  });
}
