import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { configText, startUpstream } from '../../helpers/gateway.ts';
import { spawnGateway } from './rig.ts';

const DRAINS = 20;
const CLIENTS = 24;
const BEFORE = 200;

/** Status of one POST, or the system's code for why there was none; `handedOver` once the system has it. */
function post(port: number, agent: Agent, handedOver = () => {}): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { 'content-length': 2 };
    const sent = request(
      { port, host: '127.0.0.1', path: '/v1/x', method: 'POST', agent, headers },
      (answer) => {
        answer.resume();
        answer.on('error', () => {});
        answer.on('close', () => resolve(answer.complete ? answer.statusCode! : 'cut'));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.once('finish', handedOver);
    sent.end('{}');
  });
}

it(`${DRAINS} drains under load lose no request that was sent`, async () => {
  await using engine = await startUpstream((_request, response) => {
    setTimeout(() => response.end('well'), Math.random() * 10);
  });
  const lost: (number | string)[] = [];
  for (let drain = 0; drain < DRAINS; drain++) {
    await using gateway = await spawnGateway(
      configText({ endpoints: [{ id: 'engine', port: engine.port }], shutdown: '20s' }),
    );
    const agent = new Agent({ keepAlive: true });
    let served = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const outcome = await post(gateway.port, agent);
        // Nobody listens any more: the request was never sent.
        if (outcome === 'ECONNREFUSED') return;
        if (outcome !== 200) lost.push(outcome);
        served += 1;
        if (served === BEFORE) gateway.child.kill('SIGTERM');
      }
    };
    const exited = once(gateway.child, 'exit');
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(await exited).toEqual([0, null]);
    expect(served).toBeGreaterThan(BEFORE);
    agent.destroy();
  }
  expect(lost).toEqual([]);
});

it('answers what had been sent, though not read, when it was told to stop', async () => {
  await using engine = await startUpstream((_request, response) => response.end('well'));
  await using gateway = await spawnGateway(
    configText({ endpoints: [{ id: 'engine', port: engine.port }], shutdown: '20s' }),
  );
  const agent = new Agent({ keepAlive: true });
  const all = (handedOver?: () => void): Promise<(number | string)[]> =>
    Promise.all(Array.from({ length: 60 }, () => post(gateway.port, agent, handedOver)));
  expect(new Set(await all())).toEqual(new Set([200]));
  // It cannot read while it is stopped: requests and signal wait for it together.
  gateway.child.kill('SIGSTOP');
  let handedOver = 0;
  const asked = all(() => (handedOver += 1));
  await expect.poll(() => handedOver, { timeout: 30_000 }).toBe(60);
  gateway.child.kill('SIGTERM');
  gateway.child.kill('SIGCONT');
  expect(new Set(await asked)).toEqual(new Set([200]));
  agent.destroy();
});
