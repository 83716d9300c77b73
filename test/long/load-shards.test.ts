import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { finished, startKvcache } from '../helpers/exec.ts';
import { childrenOf, survivors } from '../helpers/processes.ts';
import { answerJson, testServer } from '../integration/load-server.ts';

it.runIf(existsSync('/proc/self/task'))(
  'a load by several processes leaves none behind when it is killed',
  async () => {
    await using server = await testServer((response) => answerJson(response));
    const flags = `--url ${server.url} --model m --prompt-tokens 40 --concurrency 2 --duration 10m --warmup 0`;
    const child = startKvcache(['load', '--processes', '2', ...flags.split(' ')]);
    const ended = finished(child);
    await expect.poll(() => server.bodies.length, { timeout: 60_000 }).toBeGreaterThan(20);
    const children = childrenOf(child.pid!);
    child.kill('SIGKILL');
    await ended;
    expect(children).toHaveLength(2);
    expect(await survivors(children, 10_000)).toEqual([]);
  },
);
