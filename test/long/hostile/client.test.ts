import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configText, startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { bodyCases } from '../../integration/conformance/body-framing.ts';
import type { Echo, HttpCase } from '../../integration/conformance/case.ts';
import { checkCase } from '../../integration/conformance/check.ts';
import { headerCases } from '../../integration/conformance/header-fields.ts';
import { connectionCases } from '../../integration/conformance/one-connection.ts';
import { requestLineCases } from '../../integration/conformance/request-line.ts';
import { floods } from './floods.ts';
import { spawnGateway, type SpawnedGateway } from './rig.ts';

const CASES: readonly HttpCase[] = [
  ...requestLineCases,
  ...headerCases,
  ...bodyCases,
  ...connectionCases,
].filter(({ isShortTimed }) => !isShortTimed);

let gateway: SpawnedGateway;
let engine: Upstream;
let echoes: Echo[] = [];

beforeAll(async () => {
  engine = await startUpstream((request, response, body) => {
    const { method, url, rawHeaders } = request;
    echoes.push({ method: method!, url: url!, rawHeaders, body });
    response.end(url!.slice('/v1/'.length));
  }, 'latin1');
  gateway = await spawnGateway(
    configText({
      endpoints: [{ id: 'engine', port: engine.port }],
      routes:
        '[{match: {headers: [{name: x-a, values: ["^(a+)+$"], regex: true}]}, route: {cluster: llm}}, ' +
        '{match: {prefix: /v1}, route: {cluster: llm}}]',
      extension: '{limits: {body_bytes_max: 65536, header_bytes_max: 16384}}',
    }),
  );
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await engine.close();
});

afterEach(() => gateway.check());

it('has at least 130 cases with names of their own', () => {
  const names = [...CASES, ...floods].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(130);
});

describe('raw bytes of one client', () => {
  it.each(CASES.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    echoes = [];
    await expect(checkCase(given, gateway.port, echoes)).resolves.toBeUndefined();
  });
});

describe('floods', () => {
  it.each(floods.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    echoes = [];
    await given.run(gateway.port);
    if (given.engineSees) {
      const { path, count } = given.engineSees;
      const seen = (): number => echoes.filter(({ url }) => url === path).length;
      await expect.poll(seen, { timeout: 10_000 }).toBe(count);
    }
    // Others are served, and soon.
    const startMs = performance.now();
    const answer = await fetch(`${gateway.url}/v1/other`);
    expect([answer.status, await answer.text()]).toEqual([200, 'other']);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});
