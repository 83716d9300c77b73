import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { AdmissionReporter } from '../../../mocks/engine/admission-reporter.ts';
import { type Json, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

const within = { clock: systemClock, deadlineMs: 10_000 };

interface Call {
  path: string;
  body: Json;
  response: ServerResponse;
}

let fleet: TestFleet;
let server: Server;
let reporter: AdmissionReporter;
afterEach(async () => {
  reporter.stop();
  server.close();
  await fleet.close();
});

/** A controller that answers when the test does. */
async function startController(): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      calls.push({ path: request.url!, body: JSON.parse(text), response });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

it('tells a controller that had forgotten the engine what happened meanwhile', async () => {
  const { url, calls } = await startController();
  fleet = await startTestFleet({ controller: null, engines: [{ id: 'engine-a' }] });
  const [engine] = fleet.engines;
  const store = (word: number): number =>
    engine!.core.operations.store(
      'LocalCPUBackend',
      Array.from({ length: 256 }, () => word),
    );
  const answer = async (path: string, json: object): Promise<Json> => {
    await pollUntil(async () => calls.length > 0 || undefined, within);
    const call = calls.shift()!;
    expect(call.path).toBe(`/__mock/${path}`);
    call.response.end(JSON.stringify(json));
    return call.body;
  };
  reporter = new AdmissionReporter(engine!, url, systemClock);
  await answer('workers', {});
  // What is stored before the engine knows that it is registered is lost.
  let word = 0;
  await pollUntil(async () => {
    store(++word);
    return calls.length > 0 || undefined;
  }, within);
  store(++word);
  await answer('admissions', { isKnown: false });
  await answer('workers', {});
  const { events } = await answer('admissions', { isKnown: true });
  expect(events.at(-1).event.tokens[0]).toBe(word);
});
