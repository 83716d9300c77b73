import { sumOf } from '../base/lists.ts';
import type { Clock } from '../base/clock.ts';
import { mixSeed } from '../base/random.ts';
import { createChatClient } from '../load/chat-client.ts';
import type { Tokenize } from '../load/prompts.ts';
import { prepareWorkload } from '../load/workload.ts';
import { EngineClient } from '../net/engine-client.ts';
import type { FleetStack } from '../stack/fleet-stack.ts';
import { shuffled } from '../base/shuffled.ts';
import type { ScenarioEvidence, SentRequest } from './evidence.ts';
import type { Scenario, ScenarioEvent, SendStep } from './scenario.ts';
import { playEvent, readEngineState, takeTimersLateMsP50 } from './scenario-events.ts';
import { sendPrompt, type SetPrompt, type StepSetting } from './send-prompt.ts';

export interface DriveOptions {
  clock: Clock;
  seed: number;
  onEvent: (event: ScenarioEvent) => void;
  onStepStart: (step: SendStep) => void;
  onRequest: (request: SentRequest) => void;
  /** Told of each step as it ends. */
  onStep: (step: SendStep, requests: readonly SentRequest[]) => void;
}

const TOKENIZE_TIMEOUT_MS = 5_000;

/**
 * Plays a scenario against a running stack.
 * @throws KvcacheError of kind target when a mock or the gateway cannot be reached
 */
export async function driveScenario(
  scenario: Scenario,
  stack: FleetStack,
  options: DriveOptions,
): Promise<ScenarioEvidence> {
  const sets = await preparePrompts(scenario, stack, options);
  const requests: SentRequest[] = [];
  const timersLateMsP50: Record<string, number> = {};
  // Preparing prompts asks the engines too.
  await takeTimersLateMsP50(stack.engines, stack.signal);
  for (const step of scenario.steps) {
    if (step.kind === 'event') {
      options.onEvent(step.event);
      await playEvent(step.event, stack, options.clock);
      continue;
    }
    options.onStepStart(step);
    const sent = await sendStep(step, sets.get(step.prompts)!, { stack, options });
    timersLateMsP50[step.name] = await takeTimersLateMsP50(stack.engines, stack.signal);
    options.onStep(step, sent);
    requests.push(...sent);
  }
  const states = await Promise.all(
    stack.engines.map((engine) => readEngineState(engine, stack.signal)),
  );
  return {
    engineIds: stack.engines.map(({ id }) => id),
    requests,
    blocksEvicted: sumOf(states, ({ device }) => device.removed),
    timersLateMsP50,
  };
}

/** As many prompts of each set as the longest step that sends it needs, sized by the engine's tokens. */
async function preparePrompts(
  { prompts, steps }: Scenario,
  stack: FleetStack,
  { clock, seed }: DriveOptions,
): Promise<Map<string, SetPrompt[]>> {
  const baseUrl = stack.engines[0]!.url;
  const client = new EngineClient({ baseUrl, clock, access: { headers: {} }, connectionsMax: 4 });
  const tokenize: Tokenize = async (messages) => {
    const body = JSON.stringify({ model: stack.model, messages });
    const budget = { timeoutMs: TOKENIZE_TIMEOUT_MS, signal: stack.signal };
    return (await client.tokenize(body, budget)).tokens;
  };
  const sets = new Map<string, SetPrompt[]>();
  try {
    for (const [name, spec] of Object.entries(prompts)) {
      const options = { runId: `${name}-${seed}`, seed, tokenize, tokenizer: 'engine' as const };
      const { next } = await prepareWorkload(spec, options);
      const needed = steps.flatMap((it) =>
        it.kind === 'send' && it.prompts === name ? [it.requests] : [],
      );
      const drawn = Array.from({ length: Math.max(0, ...needed) }, () => next()!);
      sets.set(
        name,
        drawn.map((prompt, index) => {
          const promptKey = `${name}/${index}`;
          const groupKey = prompt.group === '' ? promptKey : `${name}/${prompt.group}`;
          return { prompt, promptKey, groupKey };
        }),
      );
    }
  } finally {
    await client.close();
  }
  return sets;
}

/** So many requests at a time; what is to happen in between happens before the next one is sent. */
async function sendStep(
  step: SendStep,
  prompts: readonly SetPrompt[],
  { stack, options }: { stack: FleetStack; options: DriveOptions },
): Promise<SentRequest[]> {
  const { clock } = options;
  const { name, maxTokens, concurrency } = step;
  const client = createChatClient({ baseUrl: stack.gateway.url, connections: concurrency });
  const { model, signal } = stack;
  const setting: StepSetting = { step: name, model, maxTokens, client, clock, signal };
  const order = sendOrder(step, options.seed);
  const sent: SentRequest[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < order.length) {
      const position = started++;
      for (const { afterRequests, event } of step.during) {
        if (afterRequests !== position) continue;
        options.onEvent(event);
        await playEvent(event, stack, clock);
      }
      const request = await sendPrompt(prompts[order[position]!]!, setting);
      sent[position] = request;
      options.onRequest(request);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    await client.close();
  }
  return sent;
}

/** Positions in the prompt set, in the order they are sent. */
function sendOrder({ name, requests, order }: SendStep, seed: number): number[] {
  const positions = Array.from({ length: requests }, (_, index) => index);
  if (order === 'written') return positions;
  return shuffled(positions, mixSeed(seed, 'order', name));
}
