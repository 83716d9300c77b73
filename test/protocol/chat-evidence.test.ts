import { describe, expect, it } from 'vitest';
import { contentOf, routingNoteOf, servedByOf, usageOf } from '../../src/protocol/chat-evidence.ts';

describe('servedByOf', () => {
  it('trusts the body, then our header, then the pod header, and names the source', () => {
    const headers = { 'x-kvcache-endpoint': 'from-header', 'x-inference-pod': ['from-pod'] };
    expect(servedByOf({ served_by: 'from-body' }, headers)).toEqual({
      endpoint: 'from-body',
      source: 'body served_by',
    });
    expect(servedByOf({}, headers)).toEqual({
      endpoint: 'from-header',
      source: 'header x-kvcache-endpoint',
    });
    expect(servedByOf('no object', { 'x-inference-pod': ['from-pod'] })).toEqual({
      endpoint: 'from-pod',
      source: 'header x-inference-pod',
    });
  });

  it.each([[{}], [null], [{ served_by: '' }], [{ served_by: 7 }]])('%j names nobody', (body) => {
    expect(servedByOf(body, { 'x-kvcache-endpoint': '' })).toBeUndefined();
  });
});

it('keeps unknown counts unknown', () => {
  const details = { prompt_tokens: 8, prompt_tokens_details: { cached_tokens: 0 } };
  expect(usageOf({ usage: details })).toEqual({
    promptTokens: 8,
    completionTokens: undefined,
    cachedTokens: 0,
  });
  expect(usageOf({ usage: { prompt_tokens_details: null } }).cachedTokens).toBeUndefined();
  expect(
    routingNoteOf({ 'x-kvcache-cached-tokens': 'many' }).predictedCachedTokens,
  ).toBeUndefined();
  expect(routingNoteOf({ 'x-kvcache-cached-tokens': '0', 'x-kvcache-reason': 'hit' })).toEqual({
    reason: 'hit',
    predictedCachedTokens: 0,
  });
});

it('reads text from answers, chunks and completions', () => {
  expect(contentOf({ choices: [{ message: { content: 'answer' } }] })).toBe('answer');
  expect(contentOf({ choices: [{ delta: { content: 'piece' } }] })).toBe('piece');
  expect(contentOf({ choices: [{ text: 'completion' }] })).toBe('completion');
  expect(contentOf({ choices: [{ delta: { role: 'assistant' } }] })).toBe('');
});
