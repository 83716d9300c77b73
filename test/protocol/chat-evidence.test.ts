import { describe, expect, it } from 'vitest';
import { headFactsOf, servedByOf, usageOf } from '../../src/protocol/chat-evidence.ts';

describe('headFactsOf', () => {
  const pod = ['X-Inference-Pod', 'from-pod'];
  const ours = ['x-kvcache-endpoint', 'from-gateway'];

  it('trusts given names first, then our header, whatever their order, and names the source', () => {
    expect(headFactsOf([...pod, ...ours]).servedBy).toEqual({
      endpoint: 'from-gateway',
      source: 'header x-kvcache-endpoint',
    });
    expect(headFactsOf(pod).servedBy?.source).toBe('header x-inference-pod');
    expect(headFactsOf([...ours, 'X-Worker', 'w1'], ['x-worker']).servedBy).toEqual({
      endpoint: 'w1',
      source: 'header x-worker',
    });
    expect(headFactsOf(['x-kvcache-endpoint', '', ...pod]).servedBy?.endpoint).toBe('from-pod');
    expect(headFactsOf(['server', 'nginx']).servedBy).toBeUndefined();
  });

  it('turns a base URL into the address it stands for', () => {
    const base = 'http://10.0.3.7:8000/v1';
    expect(headFactsOf(['x-litellm-model-api-base', base]).servedBy?.endpoint).toBe(
      '10.0.3.7:8000',
    );
  });

  it('reads what our gateway says, unknown staying unknown and 0 staying 0', () => {
    const said = ['x-kvcache-cached-tokens', '0', 'x-kvcache-reason', 'hit'];
    expect(headFactsOf(said)).toMatchObject({ reason: 'hit', predictedTokens: 0 });
    const odd = headFactsOf(['x-kvcache-cached-tokens', 'many']);
    expect(odd).toMatchObject({ reason: undefined, predictedTokens: undefined });
  });
});

it.each([[{}], [null], ['no object'], [{ served_by: '' }], [{ served_by: 7 }]])(
  '%j names nobody',
  (body) => {
    expect(servedByOf(body)).toBeUndefined();
  },
);

describe('usageOf', () => {
  it.each([
    ['OpenAI, vLLM, SGLang', { usage: { prompt_tokens_details: { cached_tokens: 64 } } }, 64],
    ['a miss that is said', { usage: { prompt_tokens_details: { cached_tokens: 0 } } }, 0],
    ['a miss vLLM to 0.21 says nothing of', { usage: { prompt_tokens_details: null } }, undefined],
    ['null', { usage: { prompt_tokens_details: { cached_tokens: null } } }, undefined],
    ['Moonshot', { usage: { cached_tokens: 64 } }, 64],
    ['Anthropic', { usage: { cache_read_input_tokens: 64 } }, 64],
    ['DeepSeek', { usage: { prompt_cache_hit_tokens: 64 } }, 64],
    ['llama.cpp', { timings: { cache_n: 64, prompt_n: 3 } }, 64],
    ['a chunk that says nothing', { usage: null }, undefined],
  ])('reads cached tokens as said by %s', (_, body, expected) => {
    expect(usageOf(body).cachedTokens).toBe(expected);
  });

  it('keeps unknown counts unknown', () => {
    expect(usageOf({ usage: { prompt_tokens: 8, completion_tokens: -1 } })).toEqual({
      promptTokens: 8,
      completionTokens: undefined,
      cachedTokens: undefined,
    });
  });
});
