import type { Finding } from '../../base/outcome.ts';
import { type Probe, failureOf, passed, notPassed } from '../probe.ts';
import type { SentPrompt } from '../sent-prompt.ts';

/** Completions work, the prompt is new, its repeat hits, and the engine says so. */
export const cachedTokensProbe: Probe = {
  id: 'cached-tokens',
  async run({ sentPrompt }) {
    const sent = await sentPrompt();
    const { first, repeat } = sent;
    const failed = first.error ?? repeat.error;
    if (failed) {
      return [
        failureOf(failed, {
          id: 'completion',
          claim: 'Engines answer chat completions.',
          severity: 'blocking',
          expected: `HTTP 200 from ${sent.engine.id}`,
        }),
      ];
    }
    const findingsFound = [promptTokensFinding(sent), reportFinding(sent)];
    return findingsFound.filter((it) => it !== undefined);
  },
};

/** Tokens as counted by /tokenize against those the engine billed: drift means wrong lookups. */
function promptTokensFinding({ engine, tokens, first }: SentPrompt): Finding | undefined {
  const counted = tokens.get(engine.id)?.value?.length;
  const billed = first.value?.promptTokens;
  if (counted === undefined || billed === null || billed === undefined) return undefined;
  const draft = {
    claim: '/tokenize counts what the engine really computes.',
    severity: 'degrading',
    expected: `${billed} tokens (usage.prompt_tokens)`,
    actual: `${counted} tokens`,
    evidence: `same body to /tokenize and /v1/chat/completions of ${engine.id}`,
  } as const;
  if (counted === billed) return passed('token-count', draft);
  return notPassed('token-count', 'fail', {
    ...draft,
    remedy:
      'Make /tokenize and chat completions use the same chat template and model; lookups with other tokens than the engine’s never match.',
  });
}

function reportFinding({ engine, first, repeat }: SentPrompt): Finding {
  const cold = first.value?.cachedTokens ?? null;
  const warm = repeat.value?.cachedTokens ?? null;
  const draft = {
    claim: 'The engine reuses a repeated prompt and reports it.',
    severity: 'degrading',
    expected: 'more cached tokens for the repeat than for the first',
    actual: `${cold ?? 'not reported'} then ${warm ?? 'not reported'}`,
    evidence: `usage.prompt_tokens_details.cached_tokens of ${engine.id}`,
  } as const;
  if (warm !== null && warm > (cold ?? 0)) return passed('cached-tokens', draft);
  if (warm === null) {
    return notPassed('cached-tokens', 'inconclusive', {
      ...draft,
      severity: 'hint',
      remedy:
        'Start the engine with --enable-prompt-tokens-details (vLLM) or --enable-cache-report (SGLang). Missing is unknown, not zero; counters and latency stand in.',
    });
  }
  return notPassed('cached-tokens', 'fail', {
    ...draft,
    remedy:
      'Turn prefix caching on (vLLM: --enable-prefix-caching), and check that the KV cache is large enough to keep one prompt.',
  });
}
