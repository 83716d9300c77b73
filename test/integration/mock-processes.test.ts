import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { ROOT } from '../helpers/exec.ts';
import { type Json, send } from '../helpers/mock-fleet.ts';

const REQUESTS = 24;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a built mock engine on a virtual clock; returns its URL. */
async function startProcess(seed: number): Promise<string> {
  const flags = ['--profile', '8b-h100', '--seed', String(seed), '--clock', 'virtual'];
  const args = ['dist/mocks/main.js', 'engine', '--addr', '127.0.0.1:0', ...flags];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return (JSON.parse(text) as { url: string }).url;
}

/** Requests of different lengths, all waiting at the same virtual moment, sent in the given order. */
async function journalOf(seed: number, order: readonly number[]): Promise<Json> {
  const url = await startProcess(seed);
  const answers = order.map((index) =>
    send(
      `${url}/v1/chat/completions`,
      { messages: [{ role: 'user', content: `${index % 5} tree `.repeat(20 + 9 * index) }] },
      { headers: { 'x-request-id': `request-${index}` } },
    ),
  );
  while ((await send(`${url}/load`)).json.server_load < REQUESTS);
  await send(`${url}/__mock/clock/advance`, { ms: 3_600_000 });
  expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
  return (await send(`${url}/__mock/journal`)).json;
}

it('two processes with one seed keep the same journal, whatever the order of arrival', async () => {
  const order = Array.from({ length: REQUESTS }, (_, index) => index);
  const [first, second, other] = await Promise.all([
    journalOf(7, order),
    journalOf(7, order.toReversed()),
    journalOf(8, order),
  ]);
  expect(first.entries).toHaveLength(REQUESTS);
  expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  expect(JSON.stringify(other)).not.toBe(JSON.stringify(first));
});
