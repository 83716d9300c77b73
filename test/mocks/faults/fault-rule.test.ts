import { describe, expect, it } from 'vitest';
import { readFaultHeader } from '../../../mocks/faults/fault-header.ts';
import {
  type FaultRule,
  readFaultRules,
  writeFaultRule,
} from '../../../mocks/faults/fault-rule.ts';
import { plainNode } from '../../../src/schema/node.ts';

const status = { status: { code: 503 } };
const rule = (when: object, more: object = {}): unknown => [{ when, do: status, ...more }];
const fault = (kind: string, parameters: unknown): unknown => [{ do: { [kind]: parameters } }];

const read = (rules: unknown): FaultRule[] => readFaultRules(plainNode(rules, 'rules'));

describe('fault rules', () => {
  it.each([
    [{}, 'rules must be a list'],
    [null, 'rules must be a list'],
    ['omitDone', 'rules must be a list'],
    [[null], 'rules[0] must be a map'],
    [[{}], 'rules[0].do is missing'],
    [[{ do: {} }], 'rules[0].do must name exactly one fault'],
    [[{ do: 'omitDone' }], 'rules[0].do must name exactly one fault'],
    [[{ do: { omitDone: {}, ...status } }], 'rules[0].do must name exactly one fault'],
    [fault('explode', {}), 'unknown fault "explode". Known faults: status, delay, '],
    [fault('constructor', {}), 'unknown fault "constructor"'],
    [fault('x'.repeat(10_000), {}), `unknown fault "${'x'.repeat(60)}…"`],
    [fault('status', []), 'rules[0].do.status must be a map'],
    [fault('status', {}), 'rules[0].do.status.code is missing'],
    [fault('hang', { s: 1 }), 'unknown key "s". Known here: ms.'],
    [fault('omitDone', { s: 1 }), 'unknown key "s". Known here: none.'],
    [fault('closeAfter', {}), 'rules[0].do.closeAfter needs tokens or ms'],
    [fault('closeAfter', { mode: 'rst' }), 'rules[0].do.closeAfter needs tokens or ms'],
    [fault('kvEvents', {}), 'rules[0].do.kvEvents needs drop or dup or reorder'],
    [rule({ rout: '/x' }), 'rules[0].when has an unknown key "rout"'],
    [rule({ afterMs: 5, untilMs: 5 }), 'rules[0].when must have an untilMs greater than afterMs'],
    [
      rule({ header: { 'x-session-id': 7 } }),
      'header.x-session-id must be text that is not empty, not 7',
    ],
    [[{ when: null, do: status }], 'rules[0].when must be a map'],
    [rule({}, { also: 1 }), 'rules[0] has an unknown key "also"'],
  ])('are refused as %j', (value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  const NOT_A_DURATION = [-1, Number.NaN, Infinity, '5', null];
  const NOT_A_COUNT = [...NOT_A_DURATION, 1.5, 2 ** 60];
  const NOT_A_SHARE = [...NOT_A_DURATION, 1.01];
  it.each<[name: string, bad: readonly unknown[], of: (value: unknown) => unknown]>([
    ['status.code', [99, 199, 600, 200.5, Number.NaN, '500'], (code) => fault('status', { code })],
    ['status.retryAfter', NOT_A_COUNT, (retryAfter) => fault('status', { code: 503, retryAfter })],
    ['delay.ms', NOT_A_DURATION, (ms) => fault('delay', { ms })],
    ['delay.cv', NOT_A_DURATION, (cv) => fault('delay', { ms: 1, cv })],
    ['hang.ms', NOT_A_DURATION, (ms) => fault('hang', { ms })],
    ['slow.factor', [...NOT_A_DURATION, 0.5], (factor) => fault('slow', { factor })],
    ['closeAfter.tokens', NOT_A_COUNT, (tokens) => fault('closeAfter', { tokens })],
    ['closeAfter.ms', NOT_A_DURATION, (ms) => fault('closeAfter', { ms })],
    ['closeAfter.mode', ['FIN', '', true], (mode) => fault('closeAfter', { ms: 1, mode })],
    ['stallAfter.tokens', NOT_A_COUNT, (tokens) => fault('stallAfter', { tokens, ms: 1 })],
    ['stallAfter.ms', NOT_A_DURATION, (ms) => fault('stallAfter', { tokens: 1, ms })],
    ['errorEvent.afterTokens', NOT_A_COUNT, (afterTokens) => fault('errorEvent', { afterTokens })],
    ['badFrame.at', [...NOT_A_COUNT, 0], (at) => fault('badFrame', { at })],
    ['truncateJson.bytes', NOT_A_COUNT, (bytes) => fault('truncateJson', { bytes })],
    ['health.state', ['up', '', 1], (state) => fault('health', { state })],
    [
      'health.flapMs',
      [...NOT_A_DURATION, 0],
      (flapMs) => fault('health', { state: 'down', flapMs }),
    ],
    ['metrics.freezeMs', NOT_A_DURATION, (freezeMs) => fault('metrics', { freezeMs })],
    ['kvEvents.drop', NOT_A_SHARE, (drop) => fault('kvEvents', { drop })],
    ['lookup.lie', ['', 7, null], (lie) => fault('lookup', { lie })],
    ['crash.downMs', NOT_A_DURATION, (downMs) => fault('crash', { downMs })],
    ['crash.keepCache', ['yes', 1], (keepCache) => fault('crash', { downMs: 1, keepCache })],
    ['when.nth', [...NOT_A_COUNT, 0], (nth) => rule({ nth })],
    ['when.every', [...NOT_A_COUNT, 0], (every) => rule({ every })],
    ['when.probability', NOT_A_SHARE, (probability) => rule({ probability })],
    ['when.afterMs', NOT_A_DURATION, (afterMs) => rule({ afterMs })],
    ['when.minQueue', NOT_A_COUNT, (minQueue) => rule({ minQueue })],
    ['when.route', ['', 7, null], (route) => rule({ route })],
    ['when.bodyPath', ['x', [], null], (bodyPath) => rule({ bodyPath })],
    ['times', [...NOT_A_COUNT, 0], (times) => rule({}, { times })],
  ])('refuse a %s that makes no sense', (name, bad, of) => {
    for (const value of bad) {
      expect(() => read(of(value))).toThrow(`.${name} must be `);
    }
  });

  it('are read with their defaults and written as they were', () => {
    const list = [{ when: { header: { 'X-Tenant': 'a' } }, do: { hang: null } }];
    const rules = read(list);
    expect(rules).toEqual([
      {
        when: { header: { 'x-tenant': 'a' } },
        times: Infinity,
        action: { kind: 'hang', parameters: {} },
      },
    ]);
    const written = rules.map(writeFaultRule);
    expect(written).toEqual([{ when: { header: { 'x-tenant': 'a' } }, do: { hang: {} } }]);
    expect(read(JSON.parse(JSON.stringify(written)))).toEqual(rules);
  });
});

describe('the header x-mock-fault', () => {
  it.each([
    ['omitDone', 'omitDone', {}],
    [' omitDone : , ', 'omitDone', {}],
    ['crash: downMs=5, keepCache=true', 'crash', { downMs: 5, keepCache: true }],
    ['lookup:lie=7', 'lookup', { lie: '7' }],
    ['lookup:lie=true', 'lookup', { lie: 'true' }],
    ['status:code=503,body=a=b:c é', 'status', { code: 503, body: 'a=b:c é' }],
    ['status:code=503,body=7', 'status', { code: 503, body: '7' }],
  ])('reads "%s"', (text, kind, parameters) => {
    expect(readFaultHeader(text)).toEqual({ kind, parameters });
  });

  it.each([
    ['', 'unknown fault ""'],
    ['constructor', 'unknown fault "constructor"'],
    ['omitDone, status:code=503', 'unknown fault "omitDone, status"'],
    ['status:code=503,code=504', 'gives "code" twice'],
    ['status:code=503,__proto__=1', 'unknown key "__proto__"'],
    ['status:code=1e999', 'code must be a whole number from 200 to 599'],
    ['status:code=', 'code must be a whole number from 200 to 599'],
    ['status:code=503,body=hi,there', 'unknown key "there"'],
    ['closeAfter:mode=fin', 'needs tokens or ms'],
  ])('refuses "%s"', (text, message) => {
    expect(() => readFaultHeader(text)).toThrow(message);
  });
});
