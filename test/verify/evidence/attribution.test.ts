import { describe, expect, it } from 'vitest';
import {
  attribute,
  foundTokens,
  servedEvidence,
} from '../../../src/verify/evidence/attribution.ts';
import { UNTESTED } from '../../../src/verify/evidence/trust.ts';
import type { EvidenceSource, Trust } from '../../../src/verify/result/result-evidence.ts';
import { type Changes, enginesOf, HIT_TOKENS, measured, TIMED_OUT } from '../measured.ts';

const BODY = { servedBySource: 'body served_by' };

function juryOf(trust: Partial<Trust> = {}, k = 2) {
  return { engines: enginesOf(k), trust: { ...UNTESTED, isPassedOn: true, ...trust } };
}

function dropped(...sources: EvidenceSource[]): Trust['sources'] {
  return sources.map((source) => ({
    source,
    compared: 8,
    agreed: 0,
    isTrusted: false,
    contradiction: 'both',
  }));
}

const SILENT: Changes = { headerServedBy: undefined, cachedTokens: undefined };

describe('who served a request, and whether it was the holder', () => {
  it.each<[name: string, changes: Changes, trust: Partial<Trust>, expected: object]>([
    ['sent straight', { experiment: { directId: 'engine-a' } }, {}, at('direct', 'engine-a', true)],
    [
      'sent straight elsewhere',
      { experiment: { directId: 'engine-b' } },
      {},
      at('direct', 'engine-b', false),
    ],
    ['body before header', { ...BODY, servedBy: 'engine-b' }, {}, at('body', 'engine-b', false)],
    ['header', {}, {}, at('header', 'engine-a', true)],
    ['header, elsewhere', { headerServedBy: 'engine-b' }, {}, at('header', 'engine-b', false)],
    ['by address', { headerServedBy: '127.0.0.1:9002' }, {}, at('header', 'engine-b', false)],
    [
      'by pod name',
      { headerServedBy: 'pod-1' },
      { aliases: { 'pod-1': 'engine-a' } },
      at('header', 'engine-a', true),
    ],
    ['a stranger that hits', { headerServedBy: 'pod-9' }, {}, at('cached-tokens', 'pod-9', true)],
    [
      'a stranger that tells no more',
      { headerServedBy: 'pod-9', cachedTokens: undefined },
      {},
      at('header', 'pod-9', null),
    ],
    [
      'header when the body is dropped',
      { ...BODY, servedBy: 'engine-b' },
      { sources: dropped('body') },
      at('header', 'engine-a', true),
    ],
    [
      'tokens when both names are dropped',
      { headerServedBy: 'engine-b' },
      { sources: dropped('header') },
      at('cached-tokens', 'engine-a', true),
    ],
    ['reported hit', { headerServedBy: undefined }, {}, at('cached-tokens', 'engine-a', true)],
    [
      'reported miss: not there, wherever it was',
      { headerServedBy: undefined, cachedTokens: 0 },
      {},
      at('cached-tokens', null, false),
    ],
    [
      'less than half is no hit',
      { headerServedBy: undefined, cachedTokens: HIT_TOKENS / 2 - 1 },
      {},
      at('cached-tokens', null, false),
    ],
    [
      'unreported, and the holder reports what it has',
      SILENT,
      { reporters: ['engine-a'] },
      at('cached-tokens', null, false),
    ],
    [
      'unreported, but the gateway may have kept the report',
      SILENT,
      { reporters: ['engine-a'], isPassedOn: false },
      at('unknown', null, null),
    ],
    [
      'unreported, and only another engine is known to report',
      SILENT,
      { reporters: ['engine-b'] },
      at('unknown', null, null),
    ],
    ['nobody says anything', SILENT, {}, at('unknown', null, null)],
    [
      'nobody is believed',
      {},
      { sources: dropped('header', 'cached-tokens') },
      at('unknown', null, null),
    ],
  ])('%s', (_, changes, trust, expected) => {
    expect(attribute(measured(changes), juryOf(trust))).toEqual(expected);
  });

  function at(source: string, servedBy: string | null, isHit: boolean | null): object {
    return { source, servedBy, isHit };
  }

  it('is told without a known holder by the tokens alone', () => {
    const unheld = { experiment: { holderId: null } };
    expect(attribute(measured(unheld), juryOf())).toMatchObject({ isHit: true });
    const missed = measured({ ...unheld, cachedTokens: 0 });
    expect(attribute(missed, juryOf())).toMatchObject({ servedBy: 'engine-a', isHit: false });
  });

  it('takes silence for a miss only where whoever had it would have said so', () => {
    const unheld = measured({ ...SILENT, experiment: { holderId: null } });
    expect(attribute(unheld, juryOf({ reporters: ['engine-a'] })).isHit).toBeNull();
    expect(attribute(unheld, juryOf({ reporters: ['engine-a', 'engine-b'] })).isHit).toBe(false);
    expect(attribute(unheld, juryOf({ reporters: [] }, 0)).isHit).toBeNull();
  });

  it.each(['timeout', 'http', 'reset', 'protocol', 'empty', 'connect'] as const)(
    'counts a failure (%s) as a miss, whoever is named',
    (failure) => {
      const refused = measured({ failure, status: 503 });
      expect(attribute(refused, juryOf())).toMatchObject({ servedBy: 'engine-a', isHit: false });
      expect(attribute(measured({ ...TIMED_OUT, failure }), juryOf()).isHit).toBe(false);
      expect(foundTokens(refused, juryOf())).toBeNull();
    },
  );

  it('says nothing of prompts of which nothing can be reused', () => {
    const cold = measured({ cachedTokens: 0, experiment: { reusableTokens: 0 } });
    expect(foundTokens(cold, juryOf())).toBeNull();
  });
});

describe('the summary of sources', () => {
  it('counts what decided each request', () => {
    const routed = [
      measured(),
      measured({ headerServedBy: undefined }),
      measured(SILENT),
      measured(SILENT),
    ];
    expect(servedEvidence(routed, juryOf())).toMatchObject({
      requests: 4,
      bySource: { header: 1, 'cached-tokens': 1, unknown: 2 },
      sources: [],
    });
  });
});
