import OpenAI, {
  APIConnectionError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { startTestGateway, startUpstream, type UpstreamBehaviour } from '../helpers/gateway.ts';

/** The official Node SDK talks through the gateway as if there were none. */
const REQUEST = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };

const json =
  (status: number, value: object, headers: Record<string, string> = {}): UpstreamBehaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };

const completion = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
};

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

const error = (status: number): UpstreamBehaviour =>
  json(status, { error: { message: `no: ${status}`, type: 'x', code: 'c' } });

async function withClient(
  behave: UpstreamBehaviour,
  use: (client: OpenAI, engine: Awaited<ReturnType<typeof startUpstream>>) => Promise<void>,
  options: { maxRetries?: number; path?: string } = {},
): Promise<void> {
  await using engine = await startUpstream(behave);
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  const baseURL = `${gateway.url}${options.path ?? '/v1'}`;
  await use(
    new OpenAI({ apiKey: 'sk-test', baseURL, maxRetries: options.maxRetries ?? 0 }),
    engine,
  );
}

describe('chat', () => {
  it('answers', async () => {
    await withClient(json(200, completion), async (client, engine) => {
      const { data, response } = await client.chat.completions.create(REQUEST).withResponse();
      expect(data.choices[0]!.message.content).toBe('hello');
      expect(data.usage?.total_tokens).toBe(3);
      expect(response.headers.get('x-kvcache-endpoint')).toBe('a');
      expect(engine.seen[0]!.headers.authorization).toBe('Bearer sk-test');
    });
  });

  it('lists models', async () => {
    await withClient(
      json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] }),
      async (client) => {
        const models = await client.models.list();
        expect(models.data.map(({ id }) => id)).toEqual(['m']);
      },
    );
  });

  it('retrieves a model with a slash in its name', async () => {
    await withClient(json(200, { id: 'Qwen/Qwen2.5', object: 'model' }), async (client, engine) => {
      expect((await client.models.retrieve('Qwen/Qwen2.5')).id).toBe('Qwen/Qwen2.5');
      expect(engine.seen[0]!.url).toBe('/v1/models/Qwen%2FQwen2.5');
    });
  });
});

describe('streaming', () => {
  it('yields the chunks in order', async () => {
    const stream: UpstreamBehaviour = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('hel'));
      response.write(chunk('lo').slice(0, 20));
      response.write(chunk('lo').slice(20));
      response.end('data: [DONE]\n\n');
    };
    await withClient(stream, async (client) => {
      const parts: string[] = [];
      for await (const part of await client.chat.completions.create({ ...REQUEST, stream: true })) {
        parts.push(part.choices[0]!.delta.content ?? '');
      }
      expect(parts).toEqual(['hel', 'lo']);
    });
  });

  it('stops the engine when the caller breaks off', async () => {
    let isClosed = false;
    const endless: UpstreamBehaviour = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('a'));
      request.socket.once('close', () => (isClosed = true));
    };
    await withClient(endless, async (client) => {
      const stream = await client.chat.completions.create({ ...REQUEST, stream: true });
      for await (const part of stream) {
        expect(part.choices).toHaveLength(1);
        stream.controller.abort();
      }
      const seen = await pollUntil(async () => isClosed || undefined, {
        clock: systemClock,
        deadlineMs: 3_000,
      });
      expect(seen).toBe(true);
    });
  });

  it('fails when the engine breaks off', async () => {
    const dying: UpstreamBehaviour = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('a'), () => response.destroy());
    };
    await withClient(dying, async (client) => {
      const read = async (): Promise<number> => {
        let count = 0;
        const stream = await client.chat.completions.create({ ...REQUEST, stream: true });
        for await (const part of stream) count += part.choices.length;
        return count;
      };
      await expect(read()).rejects.toThrow('terminated');
    });
  });
});

describe('abort', () => {
  it('before the answer closes the engine’s connection', async () => {
    let isClosed = false;
    const silent: UpstreamBehaviour = (request) => {
      request.socket.once('close', () => (isClosed = true));
    };
    await withClient(silent, async (client, engine) => {
      const controller = new AbortController();
      const pending = client.chat.completions.create(REQUEST, { signal: controller.signal });
      const options = { clock: systemClock, deadlineMs: 3_000 };
      await pollUntil(async () => engine.seen.length || undefined, options);
      controller.abort();
      await expect(pending).rejects.toBeInstanceOf(APIUserAbortError);
      expect(await pollUntil(async () => isClosed || undefined, options)).toBe(true);
    });
  });

  it('by the SDK’s own timeout', async () => {
    await withClient(
      () => {},
      async (client) => {
        const pending = client.chat.completions.create(REQUEST, { timeout: 100 });
        await expect(pending).rejects.toBeInstanceOf(APIConnectionError);
      },
    );
  });
});

describe('errors', () => {
  it.each([
    [400, BadRequestError],
    [401, AuthenticationError],
    [404, NotFoundError],
    [429, RateLimitError],
    [500, InternalServerError],
  ] as const)('%i keeps the engine’s message', async (status, type) => {
    await withClient(error(status), async (client) => {
      const failure: unknown = await client.chat.completions
        .create(REQUEST)
        .catch((it: unknown) => it);
      expect(failure).toBeInstanceOf(type);
      expect(String(failure)).toContain(`no: ${status}`);
    });
  });

  it('of the gateway itself are typed too', async () => {
    await withClient(
      json(200, completion),
      async (client) => {
        const pending = client.chat.completions.create(REQUEST);
        await expect(pending).rejects.toBeInstanceOf(NotFoundError);
      },
      { path: '/other' },
    );
  });
});

describe('the SDK’s own retries', () => {
  it.each([429, 500, 503])('go through after a %i', async (status) => {
    let calls = 0;
    const flaky: UpstreamBehaviour = (...given) => {
      calls += 1;
      const behave =
        calls === 1
          ? json(status, { error: { message: 'later' } }, { 'retry-after-ms': '1' })
          : json(200, completion);
      behave(...given);
    };
    await withClient(
      flaky,
      async (client, engine) => {
        // The engine cools down after its failure; as the only one it serves all the same.
        expect((await client.chat.completions.create(REQUEST)).id).toBe('c1');
        expect(engine.seen).toHaveLength(2);
      },
      { maxRetries: 2 },
    );
  });
});
