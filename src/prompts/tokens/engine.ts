import { systemClock } from '../../base/clock.ts';
import { codeOf } from '../../base/errors.ts';
import type { Access } from '../../net/access.ts';
import { EngineClient } from '../../net/engine-client.ts';
import { type PromptKind, viewPrompt } from '../../protocol/openai.ts';
import { planRender, planTokenize } from '../../protocol/tokenize-body.ts';
import { promptsError } from '../errors.ts';
import { placeOf, type PromptRequest } from '../request.ts';
import type { PromptTokenizer } from './tokenizer.ts';

const PATHS: Readonly<Record<PromptKind, string>> = {
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
  responses: '/v1/responses',
  anthropic: '/v1/messages',
};

const TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 8;

/**
 * The tokens an engine itself makes of each request: by `/tokenize` where that does what its API does, else
 * by `/v1/…/render`.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function engineTokenizer(baseUrl: string, access: Access, signal: AbortSignal) {
  const client = new EngineClient({
    baseUrl,
    access,
    clock: systemClock,
    connectionsMax: CONNECTIONS_MAX,
  });
  const budget = { timeoutMs: TIMEOUT_MS, signal };
  const tokensOf: PromptTokenizer['tokensOf'] = async (request) => {
    const view = viewPrompt(Buffer.from(JSON.stringify(request.body)), PATHS[request.kind]);
    const plan = view && (planTokenize(view) ?? planRender(view));
    if (plan === undefined) throw notTokenized(request, 'neither /tokenize nor /render takes it');
    if (plan.kind === 'tokens') return { ids: Uint32Array.from(plan.tokens), textAt: undefined };
    try {
      const { tokens } = await (plan.kind === 'send'
        ? client.tokenize(plan.body, budget)
        : client.render(plan.path, plan.body, budget));
      return { ids: Uint32Array.from(tokens), textAt: undefined };
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'TOKENIZE_REJECTED' && code !== 'TOKENIZE_UNSUPPORTED') throw error;
      throw notTokenized(
        request,
        code === 'TOKENIZE_REJECTED' ? 'it refuses it' : 'it cannot',
        error,
      );
    }
  };
  const tokenizer: PromptTokenizer = { name: client.baseUrl, isEstimated: false, tokensOf };
  return { tokenizer, close: () => client.close() };
}

function notTokenized(request: PromptRequest, why: string, cause?: unknown) {
  const message = `The engine does not tokenize the request: ${why}.`;
  return promptsError('PROMPTS_NOT_TOKENIZED', { message, where: placeOf(request), cause });
}
