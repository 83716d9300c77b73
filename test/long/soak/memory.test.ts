import { readdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { expect, it } from 'vitest';
import { send, startTestFleet } from '../../helpers/mock-fleet.ts';
import { configText, startUpstream } from '../../helpers/gateway.ts';
import { residentMiB, spawnGateway } from '../hostile/rig.ts';
import { post, startClients } from './clients.ts';

/** What may be remembered is full after ten of them, about 40,000 requests. */
const WINDOWS = 15;
const FULL_AFTER = 11;
const PER_WINDOW = 4_000;
/** What the pages of a heap that was tidied up may differ by. */
const GROWTH_MIB_MAX = 16;
/** Collects garbage when it is told to, and says so: how much lies about uncollected is chance. */
const TIDY = `process.on("SIGUSR2",()=>{gc();console.error("tidied")})`;

it(`${WINDOWS * PER_WINDOW} requests of every kind leave memory and handles as they were once all that may be remembered is full`, async () => {
  const fleet = await startTestFleet({ engines: [{ count: 2, profile: { base: 'instant' } }] });
  const [a, b] = fleet.urls.engines.map((url) => Number(new URL(url).port));
  const kvcache =
    `enabled: true, vllm_endpoint: "${fleet.urls.engines[0]}", lmcache_endpoint: "${fleet.urls.controller}", ` +
    'hot_max_keys: 100, token_cache: {enabled: true, max_size: 100}';
  await using gateway = await spawnGateway(
    configText({
      endpoints: [
        { id: 'engine-a', port: a! },
        { id: 'engine-b', port: b! },
      ],
      filters: `{name: dgp.filter.ai.kvcache, config: {${kvcache}}}, {name: dgp.filter.llm.tokenizer, config: {}}`,
      // Small, so that all that may fill is full before long.
      extension: '{access_log: true, routing: {prefix_index: {max_blocks: 5000}}}',
    }),
    { nodeFlags: `--expose-gc --import 'data:text/javascript,${TIDY}'` },
  );
  const tidiedMiB = async (): Promise<number> => {
    const times = (): number => gateway.log().split('tidied').length;
    const before = times();
    gateway.child.kill('SIGUSR2');
    await expect.poll(times, { timeout: 20_000 }).toBeGreaterThan(before);
    return residentMiB(gateway.child.pid!);
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  let serial = 0;
  const next = (): object => {
    const kind = ++serial % 4;
    const content = `${kind === 0 ? 'the same' : serial} `.repeat(20 + (serial % 50));
    return {
      model: 'mock-model',
      max_tokens: 2,
      stream: kind === 1,
      messages: [{ role: 'user', content }],
    };
  };
  const window = async (): Promise<void> => {
    for (let sent = 0; sent < PER_WINDOW; sent += 100) {
      const bodies = Array.from({ length: 100 }, () => JSON.stringify(next()));
      const path = '/v1/chat/completions';
      const fates = await Promise.all(
        bodies.map((body) => post(gateway.port, agent, { path, body })),
      );
      expect(new Set(fates)).toEqual(new Set([200]));
    }
  };
  const handles = (): number => readdirSync(`/proc/${gateway.child.pid}/fd`).length;
  const before = handles();
  const seen: number[] = [];
  for (let at = 0; at < WINDOWS; at++) {
    await window();
    seen.push(await tidiedMiB());
  }
  console.log(`MiB after each window: ${seen.map((mib) => mib.toFixed(0)).join(', ')}`);
  gateway.check();
  expect(seen.at(-1)! - seen[FULL_AFTER]!).toBeLessThanOrEqual(GROWTH_MIB_MAX);
  // How many connections stand open under way is chance; once both sides are gone, none does.
  agent.destroy();
  await fleet.close();
  await expect.poll(handles, { timeout: 20_000 }).toBeLessThanOrEqual(before);
});

const STREAMS = 2_000;

it(`${STREAMS} streams at once all come to their end`, async () => {
  const pieces = 10;
  await using engine = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(`data: ${++sent}\n\n`);
      if (sent < pieces) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, 500);
  });
  await using gateway = await spawnGateway(
    configText({ endpoints: [{ id: 'a', port: engine.port }], proxy: '{timeout: 200s}' }),
  );
  const read = async (): Promise<string> =>
    (await fetch(`${gateway.url}/v1/x`, { method: 'POST' })).text();
  const texts = await Promise.all(Array.from({ length: STREAMS }, read));
  expect(engine.seen).toHaveLength(STREAMS);
  const whole = texts.filter(
    (it) => it.endsWith('data: [DONE]\n\n') && it.includes('data: 10\n\n'),
  );
  expect(whole).toHaveLength(STREAMS);
  gateway.check();
  expect((await send(`${gateway.url}/v1/x`, {})).status).toBe(200);
});

it('a thousand clients that leave in mid-stream take their streams with them', async () => {
  let open = 0;
  await using engine = await startUpstream((_request, response) => {
    open++;
    response.on('close', () => open--);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  });
  await using gateway = await spawnGateway(
    configText({ endpoints: [{ id: 'a', port: engine.port }] }),
  );
  const leave = async (): Promise<void> => {
    const going = new AbortController();
    const { body } = await fetch(`${gateway.url}/v1/x`, { method: 'POST', signal: going.signal });
    await body!.getReader().read();
    going.abort();
  };
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 100 }, leave));
  await expect.poll(() => open, { timeout: 20_000 }).toBe(0);
  gateway.check();
  const clients = startClients(gateway.port, 1, () => ({ path: '/other' }));
  clients.stop();
  await clients.done;
  expect([...clients.fates.keys()]).toEqual([404]);
});
