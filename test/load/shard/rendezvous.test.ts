import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { Barrier } from '../../../src/load/shard/barrier.ts';
import { createBarrierServer } from '../../../src/load/shard/barrier-server.ts';
import { meet, type MeetOptions } from '../../../src/load/shard/rendezvous.ts';
import { closeGracefully, listen } from '../../../src/net/listen.ts';

const LEAD_MS = 100;

describe('shards at a barrier', () => {
  let server: ReturnType<typeof createBarrierServer>;
  let url: string;
  beforeEach(async () => {
    server = createBarrierServer(new Barrier(systemClock, LEAD_MS));
    ({ url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'barrier'));
  });
  afterEach(() => closeGracefully(server, 0));

  const come = (index: number, of: number, changes: Partial<MeetOptions> = {}) =>
    meet({
      url,
      shard: { index, of },
      plan: 'plan',
      waitMs: 60_000,
      clock: systemClock,
      signal: new AbortController().signal,
      ...changes,
    });

  /** A machine whose clocks stand elsewhere. */
  const shifted = (byMs: number): Clock => ({
    ...systemClock,
    nowMs: () => systemClock.nowMs() + 5_000,
    wallMs: () => systemClock.wallMs() + byMs,
    at: (atMs, run) => systemClock.at(atMs - 5_000, run),
  });

  it('begin together when the last one is there, each by its own clock', async () => {
    const clock = shifted(-3_600_000);
    const [a, b, c] = await Promise.all([come(0, 3), come(1, 3, { clock }), come(2, 3)]);
    expect([b.startAtMs, c.startAtMs]).toEqual([a.startAtMs, a.startAtMs]);
    const bound = a.clock!.boundMs + b.clock!.boundMs + 0.1;
    // The same moment, though one calls it five seconds later.
    expect(Math.abs(b.originMs - 5_000 - a.originMs)).toBeLessThan(bound);
    expect(Math.abs(c.originMs - a.originMs)).toBeLessThan(bound + c.clock!.boundMs);
    expect(Math.abs(b.clock!.offsetMs + 3_600_000)).toBeLessThan(b.clock!.boundMs + 5);
  });

  it('name those that do not come', async () => {
    const [first, second] = await Promise.allSettled([
      come(0, 4, { waitMs: 150 }),
      come(2, 4, { waitMs: 150 }),
    ]);
    for (const { reason } of [first, second] as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({
        code: 'BARRIER_INCOMPLETE',
        kind: 'invalid',
        message: expect.stringContaining('missing: 1/4, 3/4.'),
      });
    }
  });

  it.each([
    ['another plan', 'SHARD_FOREIGN', () => come(1, 2, { plan: 'other' })],
    ['another number of parts', 'SHARD_FOREIGN', () => come(1, 3)],
    ['a part that is there', 'SHARD_TWICE', () => come(0, 2)],
  ])('refuse %s', async (_, code, stranger) => {
    const stop = new AbortController();
    const waiting = come(0, 2, { signal: stop.signal }).catch((error: unknown) => error);
    await expect.poll(() => connections(server)).toBeGreaterThan(0);
    await expect(stranger()).rejects.toMatchObject({ code, kind: 'invalid' });
    stop.abort(new Error('enough'));
    expect(await waiting).toEqual(new Error('enough'));
  });

  it('wait for a barrier that comes last, and not for a server that is none', async () => {
    const free = new URL(url).port;
    await closeGracefully(server, 0);
    const early = come(0, 1);
    server = createBarrierServer(new Barrier(systemClock, LEAD_MS));
    await listen(server, { host: '127.0.0.1', port: Number(free) }, 'barrier');
    expect((await early).startAtMs).toBeGreaterThan(0);
    await expect(come(0, 1, { url: `${url}/other` })).rejects.toMatchObject({
      code: 'BARRIER_NOT_THERE',
    });
  });

  it.each([
    ['another route', '/', '{}', 404],
    ['no JSON', '/join', 'hello', 400],
    ['no part', '/join', '{"shard":"4/4","plan":"p","token":"t"}', 400],
    ['a long name', '/join', `{"shard":"0/4","plan":"${'p'.repeat(200)}","token":"t"}`, 400],
    ['a large body', '/join', 'x'.repeat(5_000), 413],
  ])('take nothing from a stranger with %s', async (_, path, body, status) => {
    expect(await post(`${url}${path}`, body)).toBe(status);
  });
});

function connections(server: ReturnType<typeof createBarrierServer>): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
}

function post(url: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('error', reject);
    call.end(body);
  });
}
