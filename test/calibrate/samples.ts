import { type Sample, UNTOLD } from '../../src/load/sample.ts';

/** A streamed answer with a token every `gapMs`. */
export function streamed(told: {
  sentMs: number;
  ttftMs: number;
  tokens: number;
  gapMs?: number;
  prompt?: number;
  cached?: number | undefined;
  more?: Partial<Sample>;
}): Sample {
  const { sentMs, ttftMs, tokens, gapMs = 10, prompt = 100, more } = told;
  const firstTokenMs = sentMs + ttftMs;
  const lastTokenMs = firstTokenMs + (tokens - 1) * gapMs;
  return {
    ...UNTOLD,
    id: sentMs,
    phase: 'measure',
    arm: '',
    block: 0,
    group: '',
    intendedMs: sentMs,
    sentMs,
    firstTokenMs,
    lastTokenMs,
    endMs: lastTokenMs + 1,
    itlsMs: Array.from({ length: tokens - 1 }, () => gapMs),
    promptTokens: prompt,
    outputTokens: tokens,
    cachedTokens: 'cached' in told ? told.cached : 0,
    requestBytes: 0,
    answerBytes: 0,
    ...more,
  };
}
