import { describe, expect, it } from 'vitest';
import type { JournalView } from '../../../mocks/admin/journal.ts';
import { plainNode } from '../../../src/schema/node.ts';
import { type JournalRule, readJournalRules } from '../../../mocks/admin/journal-rules.ts';
import { judgeRules } from '../../../mocks/admin/judge-journal.ts';

const completion = {
  model: 'm',
  isStream: false,
  promptTokens: 300,
  cachedTokens: 256,
  tierCachedTokens: 0,
  outputTokens: 2,
  finishReason: 'stop',
  queueMs: 0,
  ttftMs: 1,
  e2eMs: 2,
};

const entry = (changes: Partial<JournalView> = {}): JournalView => ({
  mock: 'engine-a',
  seq: 0,
  atMs: 1_000,
  method: 'POST',
  route: '/v1/chat/completions',
  key: 'k',
  status: 200,
  fault: null,
  headers: { 'x-session-id': '7' },
  completion,
  ...changes,
});

const read = (rules: unknown): JournalRule[] => readJournalRules(plainNode(rules, 'rules'));

function judge(rule: object, entries: JournalView[], isIncomplete = false): string {
  return judgeRules(read([{ id: 'r', ...rule }]), entries, isIncomplete)[0]!.outcome;
}

describe('reading journal rules', () => {
  it.each([
    [{}, 'rules[0]'],
    [{ count: { min: 1 }, quietAfterMs: 5 }, 'rules[0]'],
    [{ count: {} }, 'rules[0].count'],
    [{ count: { min: 2, max: 1 } }, 'rules[0].count'],
    [{ count: { min: NaN } }, 'rules[0].count.min'],
    [{ every: {} }, 'rules[0].every'],
    [{ order: [] }, 'rules[0].order'],
    [{ order: [{ key: 'a' }] }, 'rules[0].order'],
    [{ order: [{ key: 'a' }, { key: 'a' }] }, 'rules[0].order'],
    [{ order: [{ key: 'a' }, 'b'] }, 'rules[0].order[1]'],
    [{ quietAfterMs: 0 }, 'rules[0].quietAfterMs'],
    [{ quietAfterMs: Infinity }, 'rules[0].quietAfterMs'],
    [{ where: { status: 5_000 }, count: { max: 0 } }, 'rules[0].where.status'],
    [{ where: { fault: 'sttus' }, count: { max: 0 } }, 'rules[0].where.fault'],
    [{ where: { cachedTokensMin: -1 }, count: { max: 0 } }, 'rules[0].where.cachedTokensMin'],
    [{ where: { header: { 'x-a': 7 } }, count: { max: 0 } }, 'rules[0].where.header.x-a'],
    [{ where: { header: { cookie: 'a' } }, count: { max: 0 } }, 'rules[0].where.header'],
    [{ where: { header: { 'x-api-key': 'a' } }, count: { max: 0 } }, 'rules[0].where.header'],
  ])('refuses %j, which could never match or never fail', (rule, where) => {
    expect(() => read([{ id: 'r', ...rule }])).toThrow(
      expect.objectContaining({ code: 'JOURNAL_RULE_INVALID', where }),
    );
  });

  it('takes header names in any case', () => {
    expect(
      judge({ where: { header: { 'X-Session-Id': '7' } }, count: { min: 1 } }, [entry()]),
    ).toBe('pass');
  });
});

describe('judging journal rules', () => {
  it.each([
    [{ mock: 'engine-a' }, { mock: 'engine-b' }],
    [{ route: '/v1/chat/completions' }, { route: '/v1/completions' }],
    [{ method: 'POST' }, { method: 'GET' }],
    [{ status: 200 }, { status: 503 }],
    [{ key: 'k' }, { key: 'other' }],
    [{ model: 'm' }, { model: 'n' }],
    [{ header: { 'x-session-id': '7' } }, { header: { 'x-session-id': '8' } }],
    [{ cachedTokensMin: 256 }, { cachedTokensMin: 257 }],
  ])('finds the request by %j and not by %j', (matching, strange) => {
    expect(judge({ where: matching, count: { min: 1 } }, [entry()])).toBe('pass');
    expect(judge({ where: strange, count: { min: 1 } }, [entry()])).toBe('fail');
  });

  it('finds a request by its fault', () => {
    const rule = { where: { fault: 'status' }, count: { min: 1 } };
    expect(judge(rule, [entry({ fault: 'status' })])).toBe('pass');
    expect(judge(rule, [entry()])).toBe('fail');
  });

  it.each([
    [{ every: { status: 200 } }],
    [{ order: [{ key: 'a' }, { key: 'b' }] }],
    [{ quietAfterMs: 5 }],
  ])('%j fails when there is no request it is about', (rule) => {
    expect(judge({ where: { key: 'nobody' }, ...rule }, [entry()])).toBe('fail');
  });

  it('orders requests of several mocks by time, and cannot within a millisecond', () => {
    const rule = { order: [{ key: 'first' }, { key: 'second' }] };
    const first = entry({ key: 'first', seq: 8 });
    const second = { key: 'second', mock: 'engine-b', seq: 2 };
    expect(judge(rule, [entry({ ...second, atMs: 1_001 }), first])).toBe('pass');
    expect(judge(rule, [entry({ ...second, atMs: 999 }), first])).toBe('fail');
    expect(judge(rule, [entry(second), first])).toBe('inconclusive');
    expect(judge(rule, [entry({ ...second, mock: 'engine-a', seq: 9 }), first])).toBe('pass');
    expect(judge(rule, [entry({ ...second, mock: 'engine-a' }), first])).toBe('fail');
  });

  it('hears who knocks within the same millisecond, and at this mock only', () => {
    const rule = { where: { status: 503 }, quietAfterMs: 10 };
    const refused = entry({ status: 503, seq: 4 });
    const next = (changes: Partial<JournalView>): JournalView[] => [
      entry({ seq: 3 }),
      refused,
      entry({ seq: 5, ...changes }),
    ];
    expect(judge(rule, next({}))).toBe('fail');
    expect(judge(rule, next({ atMs: 1_009 }))).toBe('fail');
    expect(judge(rule, next({ atMs: 1_010 }))).toBe('pass');
    expect(judge(rule, next({ mock: 'engine-b' }))).toBe('pass');
  });

  it.each([
    ['pass', { count: { min: 1 } }],
    ['fail', { count: { max: 1 } }],
    ['inconclusive', { count: { min: 3 } }],
    ['inconclusive', { count: { max: 2 } }],
    ['fail', { every: { key: 'one' } }],
    ['inconclusive', { every: { status: 200 } }],
    ['inconclusive', { where: { key: 'nobody' }, every: { status: 200 } }],
    ['inconclusive', { order: [{ key: 'one' }, { key: 'two' }] }],
    ['inconclusive', { order: [{ key: 'two' }, { key: 'one' }] }],
    ['fail', { where: { key: 'one' }, quietAfterMs: 5 }],
    ['inconclusive', { where: { key: 'two' }, quietAfterMs: 5 }],
  ])('is %s of %j when older entries were dropped', (outcome, rule) => {
    const entries = [entry({ key: 'one' }), entry({ key: 'two', seq: 1, atMs: 1_001 })];
    expect(judge(rule, entries, true)).toBe(outcome);
  });
});
