import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/net/listen.ts';
import type { EventDocument } from '../../src/watch/event-document.ts';
import { Webhook } from '../../src/watch/webhook.ts';

const eventOf = (alert: string): EventDocument => ({
  schema: 'kvcache.watch-event/v1',
  at: '2026-01-01T00:00:00.000Z',
  kind: 'raised',
  alert,
  severity: 'critical',
  engine: null,
  sentence: '',
  evidence: '',
  causes: [],
  remedy: '',
});

async function receiver(answer: (response: ServerResponse) => void) {
  const got: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      got.push((JSON.parse(text) as EventDocument).alert);
      answer(response);
    });
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'receiver');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, got };
}

describe('a webhook', () => {
  it('gets every event, in their order', async () => {
    const { url, got } = await receiver((response) => response.end());
    const problems: string[] = [];
    const webhook = new Webhook(url, (it) => problems.push(it));
    for (const alert of ['a', 'b', 'c']) webhook.send(eventOf(alert));
    await webhook.settled();
    expect({ got, problems }).toEqual({ got: ['a', 'b', 'c'], problems: [] });
  });

  it('that refuses, or is not there, is told of and costs the others nothing', async () => {
    const { url } = await receiver((response) => response.writeHead(500).end());
    const problems: string[] = [];
    for (const at of [url, 'http://127.0.0.1:9']) {
      const webhook = new Webhook(at, (it) => problems.push(it));
      webhook.send(eventOf('a'));
      await webhook.settled();
    }
    expect(problems).toEqual([
      'webhook: HTTP 500 for a',
      expect.stringMatching(/^webhook: .* a is not sent$/),
    ]);
  });

  it('that is slow keeps a bounded number waiting', async () => {
    const held: ServerResponse[] = [];
    const { url } = await receiver((response) => void held.push(response));
    const problems: string[] = [];
    const webhook = new Webhook(url, (it) => problems.push(it));
    for (let at = 0; at < 110; at++) webhook.send(eventOf(`e${at}`));
    expect(problems).toHaveLength(9);
    expect(problems[0]).toContain('too many events wait');
  });
});
