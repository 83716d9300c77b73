import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTestGateway,
  startUpstream,
  type TestGateway,
  type Upstream,
} from '../helpers/gateway.ts';
import { answerCases } from './conformance/answers.ts';
import { bodyCases } from './conformance/body-framing.ts';
import type { Echo, HttpCase } from './conformance/case.ts';
import { checkCase } from './conformance/check.ts';
import { headerCases } from './conformance/header-fields.ts';
import { connectionCases } from './conformance/one-connection.ts';
import { requestLineCases } from './conformance/request-line.ts';

/** Raw bytes in, raw bytes out: what a client sees of the gateway, and what an engine sees of it. */
const SUITES: readonly [string, readonly HttpCase[]][] = [
  ['request line', requestLineCases],
  ['header fields', headerCases],
  ['body framing', bodyCases],
  ['one connection', connectionCases],
  ['answers', answerCases],
];

let current: HttpCase | undefined;
let echoes: Echo[] = [];
let engine: Upstream;
let gateway: TestGateway;
let shortTimed: TestGateway;

beforeAll(async () => {
  engine = await startUpstream((request, response, body) => {
    const { method, url, rawHeaders } = request;
    echoes.push({ method: method!, url: url!, rawHeaders, body });
    const answer = current?.answer;
    if (answer === undefined) {
      response.end(url!.slice('/v1/'.length));
      return;
    }
    if (answer !== null) request.socket.write(Buffer.from(answer, 'latin1'));
    if (answer === null || current?.engineCloses) request.socket.end();
  }, 'latin1');
  const endpoints = [{ id: 'engine', port: engine.port }];
  const limits = 'body_bytes_max: 65536, header_bytes_max: 16384';
  gateway = await startTestGateway({ endpoints, extension: `{limits: {${limits}}}` });
  shortTimed = await startTestGateway({
    endpoints,
    listener: '{idle_timeout: 100ms, read_timeout: 200ms}',
  });
});

afterAll(async () => {
  await Promise.all([gateway.close(), shortTimed.close(), engine.close()]);
});

it('has at least 150 cases with names of their own', () => {
  const names = SUITES.flatMap(([, cases]) => cases.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(150);
});

describe.each(SUITES)('%s', (_suite, cases) => {
  it.each(cases.map((it) => [it.name, it] as const))('%s', async (_name, given) => {
    current = given;
    echoes = [];
    const { url } = given.isShortTimed ? shortTimed : gateway;
    await expect(checkCase(given, Number(new URL(url).port), echoes)).resolves.toBeUndefined();
  });
});
