import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { loadGatewayConfig } from '../../../src/config/load.ts';
import { renderTemplate } from '../../../src/config/render.ts';
import { readShippedConfig } from '../../../src/config/shipped.ts';
import { targetVariables } from '../../../src/config/target.ts';
import { fleetConfig, judgedConfig, starterConfig } from '../../../src/stack/gateway-config.ts';
import { resolveTargets } from '../../../src/target/settings.ts';
import { kvcache } from '../../helpers/exec.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import { type MockProcess, startMockProcess } from '../mock-process.ts';
import { endpointsCounted } from './counted.ts';
import { send } from './exchange.ts';
import { PIXIU, startPixiu } from './start-pixiu.ts';

if (PIXIU.missing !== undefined) console.warn(`skipped: ${PIXIU.missing}`);

const MODEL = 'mock-model';

interface Backends {
  engines: { id: string; url: string }[];
  controllerUrl: string;
}

/** Everything that writes a gateway config, for the backends at hand. */
const WRITERS: Readonly<Record<string, (backends: Backends) => string>> = {
  'config init': (places) => starterConfig('mock', places),
  'config init --kind real-engine': (places) =>
    starterConfig('real-engine', { ...places, model: MODEL }),
  'config render': ({ engines: [a, b], controllerUrl }) => {
    const { values } = targetVariables({
      VLLM_ENDPOINT: a!.url,
      LMCACHE_ENDPOINT: controllerUrl,
      MODEL_NAME: MODEL,
      ENGINE_ENDPOINT_B_PORT: new URL(b!.url).port,
    });
    return renderTemplate(readShippedConfig('real-engine.yaml.tmpl'), values).text;
  },
  'verify --gateway pixiu': ({ engines, controllerUrl }) => {
    const flags = {
      engine: engines.map(({ id, url }) => `${id}=${url}`),
      lmcache: controllerUrl,
      model: MODEL,
      gateway: 'pixiu',
    };
    return judgedConfig(resolveTargets(flags, {}));
  },
  'a scenario': ({ engines, controllerUrl }) => {
    const settings = { policy: 'lookup' as const, endpoint: {}, filter: {}, extension: {} };
    const places = { listenPort: 0, metricPort: 0, model: MODEL, controllerUrl, engines };
    return fleetConfig(settings, places);
  },
};

/** A prompt of several chunks. */
const prompt = (name: string): string =>
  JSON.stringify({
    model: MODEL,
    max_tokens: 20,
    messages: [{ role: 'user', content: `${name} `.repeat(600) }],
  });

const LAST = 5;

/** Sends one prompt until the same engine has served it several times in a row. */
async function settledOn(url: string, name: string): Promise<string> {
  const served: string[] = [];
  await pollUntil(
    async () => {
      const { body } = await send(url, { body: prompt(name) });
      served.push(/"served_by":"([\w-]+)"/.exec(body)?.[1] ?? `none: ${body}`);
      const last = served.slice(-LAST);
      return (last.length === LAST && new Set(last).size === 1) || undefined;
    },
    { clock: systemClock, deadlineMs: 30_000 },
  );
  return [...new Set(served.slice(-LAST))].join(' and ');
}

describe.skipIf(PIXIU.missing !== undefined)('Pixiu reads what we write', () => {
  let mocks: MockProcess;
  let backends: Backends;
  beforeAll(async () => {
    const flags = ['--port-base', '0', '--api', 'toy', '--profile', '8b-h100'];
    mocks = await startMockProcess(['up', ...flags], process.cwd());
    const { engines, controller } = mocks.ready;
    backends = {
      engines: engines.map(({ id, url }: Json) => ({ id, url })),
      controllerUrl: controller.url,
    };
  });
  afterAll(() => {
    mocks.lines.close();
    mocks.child.kill('SIGKILL');
  });

  it.each(Object.keys(WRITERS))('%s', async (name) => {
    const text = WRITERS[name]!(backends);
    const { issues } = loadGatewayConfig({ text, file: 'conf.yaml' });
    expect(issues.filter(({ rule }) => rule === 'key-case')).toEqual([]);
    await using pixiu = await startPixiu(text, backends.controllerUrl);
    const ids = backends.engines.map(({ id }) => id);
    // RoundRobin alone never stays with one engine.
    expect(ids).toContain(await settledOn(pixiu.url, name));
    if (text.includes('dgp.filter.llm.tokenizer')) {
      expect(ids).toEqual(expect.arrayContaining(await endpointsCounted(pixiu.metricsUrl)));
    }
  });
});

describe.skipIf(PIXIU.missing !== undefined)('kvcache run mock before Pixiu', () => {
  it.each([1, 2, 3])('holds its five checks, run %i', async () => {
    const gateway = PIXIU.missing === undefined ? PIXIU.path : '';
    const args = ['run', 'mock', '--gateway', gateway, '--ports', 'auto', '--json'];
    const { code, stdout } = await kvcache(args);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; outcome: string }[] };
    expect(checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect([code, checks.length]).toEqual([0, 5]);
  });
});
