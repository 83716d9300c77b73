// What a simulated request costs: agents whose prompts of about 3,500 tokens grow turn by turn, over fleets of several
// sizes. Prints CPU time per request, its garbage collection included, and the memory at its highest.
//
//   npm run bench:simulate [-- REQUESTS [POLICY …]]
import { readFleet } from '../dist/mocks/fleet/fleet-plan.js';
import { readRouting } from '../dist/src/config/routing-defaults.js';
import { policyCalled } from '../dist/src/simulate/routing/policies.js';
import { PolicyRun } from '../dist/src/simulate/run/policy-run.js';

const [requestCount = '20000', ...names] = process.argv.slice(2);
const POLICIES = names.length > 0 ? names : ['round-robin', 'prefix', 'events', 'oracle'];
const SIZES = (process.env.SIZES ?? '64,1024').split(',').map(Number);
const PROMPT_TOKENS = 3_500;
const TURN_TOKENS = 350;
const TURNS = 10;
/** In vLLM's measure of an agent's turn: mostly tool calls. */
const OUTPUT_TOKENS = 64;
const RATE_PER_ENGINE = 1.5;

function agents(engines, count) {
  const sessions = 4 * engines;
  return Array.from({ length: count }, (_, index) => {
    const session = index % sessions;
    const turn = Math.floor(index / sessions) % TURNS;
    const chat = session + sessions * Math.floor(index / (sessions * TURNS));
    const length = PROMPT_TOKENS - TURN_TOKENS * (TURNS / 2 - turn);
    return {
      key: String(index).padStart(8, '0'),
      atMs: (index * 1_000) / (RATE_PER_ENGINE * engines),
      session: undefined,
      delayMs: 0,
      outputTokens: OUTPUT_TOKENS,
      tokens: () => {
        const tokens = new Uint32Array(length);
        const first = Math.imul(chat + 1, 0x9e3779b1);
        // A quarter of a prompt is the same for all: tools and system.
        for (let at = 0; at < length; at++) tokens[at] = ((at < 875 ? 7 : first) + at) & 0x7fffffff;
        return tokens;
      },
    };
  });
}

async function measure(engines, policy, count) {
  const { engines: plans } = readFleet({ engines: [{ count: engines, profile: '8b-h100' }] }, {});
  const fleet = {
    model: 'mock-model',
    engines: plans.map((it) => ({ id: it.settings.id, profile: it.profile, hashSeed: 0 })),
    controller: { lagMs: 0, holders: 'first-admitted', hashSeed: 0, chunkTokens: 256 },
  };
  const workload = { requests: agents(engines, count), concurrency: undefined, maxTokens: 64 };
  let [done, cached, prompt] = [0, 0, 0];
  const before = process.cpuUsage();
  const run = new PolicyRun(
    {
      fleet,
      workload,
      routing: readRouting({}),
      gateways: 1,
      events: [],
      eventLagMs: 0,
      eventLoss: 0,
    },
    {
      policy: await policyCalled(policy, '.'),
      seed: 1,
      signal: new AbortController().signal,
      onSample: (sample) => {
        done++;
        cached += sample.cachedTokens;
        prompt += sample.promptTokens;
      },
    },
  );
  await run.run();
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1_000 / done;
  const rss = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(
    `${String(engines).padStart(5)} engines  ${policy.padEnd(12)} ${done} requests  ${ms.toFixed(3)} ms CPU each  ` +
      `hit rate ${((100 * cached) / prompt).toFixed(1)} %  at most ${rss} MiB`,
  );
}

// The compiler's own time belongs to no size.
await measure(8, 'prefix', 2_000);
for (const policy of POLICIES)
  for (const size of SIZES) await measure(size, policy, Number(requestCount));
