import type { Clock } from '../../src/base/clock.ts';
import { toyTokens } from '../kv/toy-tokens.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import { createGoServer, type GoHandler, memberOf, postOnly, sendJson } from './go-http.ts';
import { promptOf } from './sample-prompt.ts';

export interface ParityEngineOptions {
  listen: ListenAddress;
  id: string;
  /** Whether `/tokenize` answers; only the sample's engine A does. */
  isTokenizeEnabled: boolean;
  /** Pause before a chat answer. */
  delayMs: number;
  clock: Clock;
}

const DEFAULT_MODEL = 'mock-model';
const MAX_MODEL_LEN = 8_192;

/**
 * An engine of the dubbo-go-pixiu kvcache sample: constant answers, toy tokens.
 * @throws KvcacheError as `listen` does
 */
export function startParityEngine(options: ParityEngineOptions): Promise<RunningMock> {
  const { id, isTokenizeEnabled, clock } = options;
  let counters = { tokenize_calls: 0, chat_calls: 0 };
  let completionNumber = 0;

  const tokenize: GoHandler = ({ body, reply }) => {
    counters.tokenize_calls++;
    const tokens = toyTokens(promptOf(body));
    sendJson(reply, 200, { count: tokens.length, tokens, max_model_len: MAX_MODEL_LEN });
  };

  const chat: GoHandler = ({ body, reply }) => {
    counters.chat_calls++;
    const answer = completion(id, ++completionNumber, body);
    const send = (): void => sendJson(reply, 200, answer);
    if (options.delayMs > 0) clock.at(clock.nowMs() + options.delayMs, send);
    else send();
  };

  const server = createGoServer({
    '/health': ({ reply }) =>
      sendJson(reply, 200, { ok: true, engine: id, tokenize_enabled: isTokenizeEnabled }),
    '/stats': ({ reply }) =>
      sendJson(reply, 200, {
        ...(isTokenizeEnabled && { tokenize_calls: counters.tokenize_calls }),
        chat_calls: counters.chat_calls,
        engine_id: id,
        timestamp_unix_milli: Math.floor(clock.wallMs()),
      }),
    '/reset': postOnly(({ reply }) => {
      counters = { tokenize_calls: 0, chat_calls: 0 };
      sendJson(reply, 200, { ok: true });
    }),
    '/tokenize': isTokenizeEnabled
      ? postOnly(tokenize)
      : ({ reply }) => sendJson(reply, 404, { error: 'tokenize not available on this instance' }),
    '/v1/chat/completions': postOnly(chat),
  });
  return startMock(server, { role: 'engine', id, listen: options.listen, adminPath: '' });
}

function completion(engineId: string, number: number, body: unknown): object {
  const model = memberOf(body, 'model');
  return {
    id: `chatcmpl-${number}`,
    object: 'chat.completion',
    model: typeof model === 'string' && model !== '' ? model : DEFAULT_MODEL,
    served_by: engineId,
    choices: [
      { index: 0, message: { role: 'assistant', content: `mock response from ${engineId}` } },
    ],
    usage: { prompt_tokens: 8, completion_tokens: 8, total_tokens: 16 },
  };
}
