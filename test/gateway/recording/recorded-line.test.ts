import { describe, expect, it } from 'vitest';
import { readTrace } from '../../../src/traces/read-trace.ts';
import { type LineSettings, recordedLine } from '../../../src/gateway/recording/recorded-line.ts';
import { nextTurn, firstTurn } from '../../prompts/breaks/planted.ts';

const SETTINGS: LineSettings = {
  what: 'bodies',
  blockTokens: 16,
  sessionHeader: 'x-session-id',
  secret: Buffer.from('secret'),
};

function lineOf(body: unknown, settings: Partial<LineSettings>, path = '/v1/chat/completions') {
  const headers = { authorization: 'Bearer key', 'x-session-id': 's-1' };
  const request = { path, headers, body: Buffer.from(JSON.stringify(body, null, 1)), timestamp: 5 };
  return recordedLine(request, { ...SETTINGS, ...settings });
}

describe('a recorded request', () => {
  it('has the body on one line, the session, and no key', () => {
    const line = lineOf(firstTurn(), {})!;
    expect(line).not.toMatch(/\n|Bearer/);
    expect(JSON.parse(line)).toEqual({
      timestamp: 5,
      path: '/v1/chat/completions',
      session_id: 's-1',
      body: firstTurn(),
    });
  });

  it('has no text where only hashes are asked for, and shares what the bodies share', () => {
    const recorded = [firstTurn(), nextTurn()].map((it) => lineOf(it, { what: 'hashes' })!);
    expect(recorded.join()).not.toMatch(/wagon|s-1|depot/);
    const { rows, idTokens } = readTrace(recorded.join('\n'), 'r.jsonl', 16);
    expect(idTokens?.tokens).toBe(16);
    const [first, next] = rows.map(({ prompt }) => (prompt.kind === 'lengths' ? prompt.ids : []));
    expect(next!.slice(0, first!.length)).toEqual(first);
    expect(next!.length).toBeGreaterThan(first!.length);
    const [other] = [lineOf(firstTurn(), { what: 'hashes', secret: Buffer.from('other') })!];
    expect(other).not.toBe(recorded[0]);
  });

  it('is none where no model is asked', () => {
    expect(lineOf({ input: 'x' }, {}, '/v1/embeddings')).toBeUndefined();
    expect(lineOf([1], {})).toBeUndefined();
  });
});
