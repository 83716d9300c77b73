import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type ChatExchange, exchangeChat } from '../../src/net/chat-exchange.ts';
import { startUpstream, type UpstreamBehaviour } from '../helpers/gateway.ts';

const USAGE = { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 };

async function exchange(stream: boolean, behave: UpstreamBehaviour): Promise<ChatExchange> {
  await using engine = await startUpstream(behave);
  return await exchangeChat({
    url: `http://127.0.0.1:${engine.port}`,
    model: 'm',
    prompt: 'hello',
    stream,
    timeoutMs: 5_000,
    clock: systemClock,
  });
}

const whole: UpstreamBehaviour = (_request, response) => {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' } }];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ served_by: 'a', choices, usage: USAGE }));
};

const events: UpstreamBehaviour = (_request, response) => {
  response.setHeader('content-type', 'text/event-stream');
  const deltas = [{ role: 'assistant', content: '' }, { content: 'hi' }];
  for (const delta of deltas)
    response.write(`data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`);
  response.write(`data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\n`);
  response.end('data: [DONE]\n\n');
};

it('times the first text of a stream, not its empty opening chunk', async () => {
  const { ttftMs, latencyMs, usage } = await exchange(true, events);
  expect(ttftMs).toBeGreaterThan(0);
  expect(ttftMs).toBeLessThanOrEqual(latencyMs);
  expect(usage.promptTokens).toBe(8);
});

it('takes the last byte for the first text when a stream request is answered with one document', async () => {
  const { ttftMs, latencyMs, servedBy } = await exchange(true, whole);
  expect(ttftMs).toBe(latencyMs);
  expect(servedBy?.endpoint).toBe('a');
});

it('has no time to first token when none was asked for, or none came', async () => {
  expect((await exchange(false, whole)).ttftMs).toBeUndefined();
  const empty = await exchange(true, (_request, response) => response.end('{"choices":[]}'));
  expect(empty.ttftMs).toBeUndefined();
});
