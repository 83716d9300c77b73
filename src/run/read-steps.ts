import type { SourceNode } from '../schema/node.ts';
import { Fields, scenarioInvalid } from './fields.ts';
import type { ScenarioEvent, SendStep, Step } from './scenario.ts';

/** Names a step or an event may refer to. */
export interface KnownNames {
  prompts: readonly string[];
  engines: readonly string[];
}

const EVENTS = [
  'controller-down',
  'controller-restart',
  'engine-crash',
  'clear-caches',
  'index',
  'wait',
] as const;

const REQUESTS_MAX = 10_000;

export function readSteps(fields: Fields, known: KnownNames): Step[] {
  const steps = fields.list('drive').map((node, index) => readStep(node, index, known));
  const names = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'send') continue;
    if (names.has(step.name)) {
      throw scenarioInvalid(fields.placeOf('drive'), `two steps send "${step.name}".`);
    }
    names.add(step.name);
  }
  if (names.size === 0) {
    throw scenarioInvalid(fields.placeOf('drive'), 'drive sends nothing.');
  }
  return steps;
}

function readStep(node: SourceNode, index: number, known: KnownNames): Step {
  const fields = new Fields(node, `drive[${index}]`);
  const step: Step =
    fields.node('event') === undefined
      ? readSend(fields, known)
      : { kind: 'event', event: readEvent(fields, known) };
  fields.close();
  return step;
}

function readSend(fields: Fields, known: KnownNames): SendStep {
  const requests = fields.number('requests', { min: 1, max: REQUESTS_MAX, isWhole: true });
  const during = fields.node('during') === undefined ? [] : fields.list('during');
  return {
    kind: 'send',
    name: fields.text('send'),
    prompts: fields.choice('prompts', known.prompts),
    requests,
    concurrency: fields.numberOr('concurrency', { min: 1, max: 256, isWhole: true }, 1),
    order:
      fields.node('order') === undefined
        ? 'written'
        : fields.choice('order', ['written', 'shuffled']),
    maxTokens: fields.numberOr('maxTokens', { min: 1, max: 4_096, isWhole: true }, 4),
    during: during.map((node, index) => {
      const inner = new Fields(node, `during[${index}]`);
      const afterRequests = inner.number('after', { min: 1, max: requests, isWhole: true });
      const event = readEvent(inner, known);
      inner.close();
      return { afterRequests, event };
    }),
  };
}

function readEvent(fields: Fields, { engines }: KnownNames): ScenarioEvent {
  const kind = fields.choice('event', EVENTS);
  switch (kind) {
    case 'engine-crash':
      return { kind, engine: fields.choice('engine', engines), downMs: fields.durationMs('down') };
    case 'index': {
      const lagMs = fields.node('lag') === undefined ? undefined : fields.durationMs('lag');
      return { kind, lagMs, isFrozen: fields.flagOr('frozen', undefined) };
    }
    case 'wait':
      return { kind, forMs: fields.durationMs('for') };
    default:
      return { kind };
  }
}
