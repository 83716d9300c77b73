import { describe, expect, it } from 'vitest';
import type { PromptRequest } from '../../../src/prompts/request.ts';
import { placeIn } from '../../../src/prompts/structure/place.ts';
import { structureOf } from '../../../src/prompts/structure/structure-of.ts';
import { textOfTurn } from '../../../src/prompts/structure/structure.ts';
import { firstTurn, TOOLS } from '../breaks/planted.ts';

const turnsOf = (kind: PromptRequest['kind'], body: Record<string, unknown>) =>
  structureOf({ kind, body }).turns.map((turn) => [turn.path, turn.role, textOfTurn(turn)]);

describe('the structure of a prompt', () => {
  it('has the definitions of tools first, as JSON of which every member has its path', () => {
    const { turns } = structureOf({ kind: 'chat', body: firstTurn() });
    expect(textOfTurn(turns[0]!)).toBe(JSON.stringify(TOOLS));
    const paths = turns[0]!.cells.map(({ path }) => path);
    expect(paths).toContain('tools[1].function.parameters.properties.urgent.description');
  });

  it('names a place by path and for people, and counts characters of the value', () => {
    const structure = structureOf({ kind: 'chat', body: firstTurn() });
    const at = textOfTurn(structure.turns[0]!).indexOf('Orders a spare');
    expect(placeIn(structure, 0, at)).toEqual({
      path: 'tools[1].function.description',
      label: 'tool 2 (order_part), function.description',
      group: 'the tool order_part, function.description',
      character: 1,
    });
    expect(placeIn(structure, 1, 17)).toMatchObject({ label: 'the system prompt', character: 18 });
    expect(placeIn(structure, 7, 8)).toMatchObject({
      path: 'messages[6].reasoning_content',
      label: 'turn 7 (assistant), reasoning',
      character: 1,
    });
  });

  it('is that of each API', () => {
    expect(
      turnsOf('anthropic', {
        system: [{ type: 'text', text: 'be brief', cache_control: { type: 'ephemeral' } }],
        messages: [
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm' }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: 'ok' }] },
        ],
      }),
    ).toEqual([
      ['system', 'system', 'be brief'],
      ['messages[0]', 'assistant', 'hm'],
      ['messages[1]', 'user', 'ok'],
    ]);
    expect(
      turnsOf('responses', {
        instructions: 'be brief',
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
          { type: 'function_call_output', call_id: 'x', output: 'ok' },
        ],
      }),
    ).toEqual([
      ['instructions', 'system', 'be brief'],
      ['input[0]', 'user', 'hi'],
      ['input[1]', 'assistant', 'hm'],
      ['input[2]', 'tool', 'ok'],
    ]);
    expect(turnsOf('completion', { prompt: 'hi' })).toEqual([['prompt', '', 'hi']]);
  });

  it('holds a picture by its hash alone', () => {
    const [, image] = structureOf({ kind: 'chat', body: firstTurn() }).turns[6]!.cells;
    expect(image!.text).toMatch(/^\n<\|image_url [0-9a-f]{32}\|>$/);
  });
});
