import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, startTestFleet, type TestFleet } from '../../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [plain, scaledOut, open, none] = ['', '', '', ''];

beforeAll(async () => {
  fleet = await startTestFleet({
    model: 'm',
    controller: null,
    engines: [
      { id: 'plain' },
      { id: 'scaled-out', scaleOut: true },
      { id: 'open', vllm: '0.21' },
      { id: 'none', vllm: '0.10', scaleOut: true },
    ],
  });
  [plain, scaledOut, open, none] = fleet.urls.engines as [string, string, string, string];
});
afterAll(() => fleet.close());

const CHAT = '/v1/chat/completions/render';
const TEXT = '/v1/completions/render';
const chat = { model: 'm', messages: [{ role: 'user', content: 'three more words' }] };

describe('POST /v1/…/render', () => {
  it('tells the tokens that the completion would have, and generates none', async () => {
    const { json } = await send(`${scaledOut}${CHAT}`, { ...chat, max_tokens: 5 });
    const tokenized = await send(`${scaledOut}/tokenize`, chat);
    expect(json.token_ids).toEqual(tokenized.json.tokens);
    expect(json).toMatchObject({ model: 'm', features: null, sampling_params: { max_tokens: 5 } });
    const { json: answer } = await send(`${scaledOut}/v1/chat/completions`, chat);
    expect(answer.usage.prompt_tokens).toBe(json.token_ids.length);
    expect(answer.usage.prompt_tokens_details.cached_tokens).toBe(0);
  });

  it('answers each prompt of a text completion', async () => {
    const { json } = await send(`${scaledOut}${TEXT}`, { model: 'm', prompt: ['one two', 'six'] });
    expect(json.map(({ token_ids }: { token_ids: number[] }) => token_ids.length)).toEqual([
      (await send(`${scaledOut}/tokenize`, { prompt: 'one two' })).json.count,
      (await send(`${scaledOut}/tokenize`, { prompt: 'six' })).json.count,
    ]);
  });

  it('refuses what a completion would be refused for', async () => {
    const { status, json } = await send(`${scaledOut}${CHAT}`, { ...chat, messages: [] });
    expect([status, json.error.type]).toEqual([400, 'BadRequestError']);
    expect((await send(`${scaledOut}${CHAT}`, { ...chat, model: 'other' })).status).toBe(404);
  });

  it('is refused by the newest without --scale-out, and is not there before 0.21', async () => {
    const refused = await send(`${plain}${CHAT}`, chat);
    expect([refused.status, refused.json.error.type]).toEqual([403, 'PermissionDeniedError']);
    expect((await send(`${plain}/v1/messages/render`, chat)).status).toBe(403);
    expect((await send(`${open}${CHAT}`, chat)).status).toBe(200);
    expect((await send(`${open}/v1/messages/render`, chat)).status).toBe(404);
    expect((await send(`${none}${CHAT}`, chat)).status).toBe(404);
  });
});
