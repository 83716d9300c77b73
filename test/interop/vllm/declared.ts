import type { Declared } from '../differential/differences.ts';

const ANY = /./;

/** Where the mock is meant to answer otherwise than vLLM. */
export const VLLM_DECLARED: readonly Declared[] = [
  {
    request: /"(?:prompt_)?logprobs":(?:true|1)\b/,
    at: ANY,
    reason: 'log probabilities are refused: canned answers are drawn from none',
  },
  {
    request: /"(?:json_schema|structured_outputs)":\{/,
    at: ANY,
    reason: 'grammars are refused: canned answers follow none',
  },
  { request: /"use_beam_search":true/, at: ANY, reason: 'beam search is refused' },
  { request: /"echo":true/, at: ANY, reason: 'echoes are refused' },
  {
    request:
      /"messages":\[(?:"x"|\{\}|\{"content"|\{"role":7|\{"role":"user","content":(?:null|5|\["bare|\[\{"type":"(?:text"\}|banana)))/,
    at: /^body\.error\.(?:message|param)$/,
    reason:
      'vLLM lists what a wrong message lacks to be each of eight kinds, the mock what it lacks to be any',
  },
  {
    request: /\/metrics/,
    at: /^body(?:\.| order$)(?:http_|process_|python_|$)/,
    reason: 'the mock is no Python process and has none of its HTTP library',
  },
  {
    request: /\/metrics/,
    at: /^body\.kvcache_mock_/,
    reason: "the mock's own: faults injected, lateness of its timers",
  },
  {
    request: /\/metrics/,
    at: /^body\.vllm:(?:estimated_\w+|iteration_tokens_total\w*)$/,
    reason: 'not modelled: bytes and operations of kernels, tokens of a scheduler step',
  },
  {
    request: /^(?:HEAD|POST) \/metrics|\/metrics\/$/,
    at: 'header content-encoding',
    reason: "prometheus_client's own server compresses, the mock does not",
  },
];
