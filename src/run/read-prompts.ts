import type { MapNode } from '../schema/node.ts';
import type { WorkloadSpec } from '../load/workload.ts';
import { Fields, scenarioInvalid } from './fields.ts';

const KINDS = ['unique', 'shared-prefix', 'chat', 'texts'] as const;

/** The prompt sets of a scenario by name. */
export function readPrompts(fields: Fields): Record<string, WorkloadSpec> {
  const node = fields.required('prompts');
  if (node.kind !== 'map' || node.entries.length === 0) {
    throw scenarioInvalid(node.place, 'prompts must name at least one prompt set.');
  }
  return Object.fromEntries(node.entries.map((entry) => [entry.key, readPromptSet(entry)]));
}

function readPromptSet({ key, value }: MapNode['entries'][number]): WorkloadSpec {
  const fields = new Fields(value, `prompts.${key}`);
  const spec = specOf(fields);
  fields.close();
  return spec;
}

function specOf(fields: Fields): WorkloadSpec {
  const count = (key: string): number =>
    fields.number(key, { min: 1, max: 100_000, isWhole: true });
  const kind = fields.choice('kind', KINDS);
  switch (kind) {
    case 'unique':
      return { kind, promptTokens: count('promptTokens') };
    case 'shared-prefix':
      return {
        kind,
        promptTokens: count('promptTokens'),
        sharedTokens: count('sharedTokens'),
        groups: count('groups'),
      };
    case 'chat':
      return {
        kind,
        turnTokens: count('turnTokens'),
        turns: count('turns'),
        sessions: count('sessions'),
      };
    case 'texts':
      return {
        kind: 'prompts',
        repeat: true,
        prompts: fields.texts('texts').map(({ text }) => ({
          group: text,
          messages: [{ role: 'user', content: text }],
        })),
      };
  }
}
