import { createHash } from 'node:crypto';
import { isRecord, type JsonRecord, textOf } from '../../base/json.ts';
import { jsonCells } from './json-cells.ts';
import type { Cell } from './structure.ts';

/** What APIs call the text of a part. */
const TEXT_NAMES = ['text', 'refusal', 'thinking', 'output_text'] as const;
const REASONING_TYPES = new Set(['thinking', 'redacted_thinking', 'reasoning', 'reasoning_text']);
const CALL_TYPES = new Set(['tool_use', 'function_call']);

/** The cells of a content: a text, or parts that templates set on lines of their own. */
export function contentCells(content: unknown, path: string): Cell[] {
  if (typeof content === 'string') return [{ path, kind: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown, index) => {
    const cells = partCells(part, `${path}[${index}]`);
    const [first] = cells;
    if (index > 0 && first) {
      first.text = `\n${first.text}`;
      first.lead = 1 + (first.lead ?? 0);
    }
    return cells;
  });
}

function partCells(part: unknown, path: string): Cell[] {
  if (typeof part === 'string') return [{ path, kind: 'text', text: part }];
  if (!isRecord(part)) return [];
  const type = textOf(part['type']) ?? '';
  if (type === 'tool_result') return contentCells(part['content'], `${path}.content`);
  const text = TEXT_NAMES.map((name) => part[name]).find((it) => typeof it === 'string');
  const kind = REASONING_TYPES.has(type) ? 'reasoning' : 'text';
  if (typeof text === 'string') return [{ path, kind, text }];
  if (CALL_TYPES.has(type)) return jsonCells(withoutMarks(part), path, 'tool-call');
  return [{ path, kind: 'image', text: mediaText(type, withoutMarks(part)) }];
}

/** What tells a server where to cache is no part of the prompt. */
export function withoutMarks(part: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(part).filter(([name]) => name !== 'cache_control'));
}

/** Stands for what a picture, sound or file puts into a prompt: equal for equal content alone. */
function mediaText(type: string, part: JsonRecord): string {
  const hash = createHash('sha256').update(JSON.stringify(part)).digest('hex');
  return `<|${type || 'part'} ${hash.slice(0, 32)}|>`;
}
