import { isRecord, type JsonRecord, textOf } from '../../base/json.ts';
import type { PromptRequest } from '../request.ts';
import { contentCells, withoutMarks } from './content.ts';
import { jsonCells } from './json-cells.ts';
import { rootOf } from './root.ts';
import type { Cell, PromptStructure, Turn } from './structure.ts';

/** What templates write before the conversation, as JSON. */
const DEFINITIONS = ['tools', 'functions'] as const;
/** The system prompt of the APIs that have it beside the messages. */
const INSTRUCTIONS = ['system', 'instructions'] as const;

/** The message structure of a request, as its API says it. */
export function structureOf({ kind, body }: Pick<PromptRequest, 'kind' | 'body'>): PromptStructure {
  const root = rootOf(body);
  if (kind === 'completion') return bareStructure(root, body['prompt']);
  const front = [
    ...DEFINITIONS.flatMap((name) => definitions(body[name], name)),
    ...INSTRUCTIONS.flatMap((name) => instructions(body[name], name)),
  ];
  const turns = kind === 'responses' ? inputTurns(body['input']) : messageTurns(body['messages']);
  return { kind, root, turns: [...front, ...turns], isBare: false, tokenIds: undefined };
}

function bareStructure(root: PromptStructure['root'], prompt: unknown): PromptStructure {
  const isText = typeof prompt === 'string';
  const cells: Cell[] = isText ? [{ path: 'prompt', kind: 'text', text: prompt }] : [];
  const ids = Array.isArray(prompt) ? (prompt as number[]) : [];
  return {
    kind: 'completion',
    root,
    turns: [{ path: 'prompt', role: '', cells }],
    isBare: true,
    tokenIds: isText ? undefined : ids,
  };
}

function definitions(list: unknown, path: string): Turn[] {
  if (!Array.isArray(list) || list.length === 0) return [];
  const unmarked = list.map((it: unknown) => (isRecord(it) ? withoutMarks(it) : it));
  return [{ path, role: 'system', cells: jsonCells(unmarked, path, 'definition') }];
}

function instructions(content: unknown, path: string): Turn[] {
  const cells = contentCells(content, path);
  return cells.length === 0 ? [] : [{ path, role: 'system', cells }];
}

function messageTurns(messages: unknown): Turn[] {
  return list(messages).map((message, index) => {
    const path = `messages[${index}]`;
    return { path, role: textOf(message['role']) ?? '', cells: messageCells(message, path) };
  });
}

function messageCells(message: JsonRecord, path: string): Cell[] {
  const { content, tool_calls: calls } = message;
  return [
    ...reasoningCells(message, path),
    ...contentCells(content, `${path}.content`),
    ...(Array.isArray(calls) && calls.length > 0
      ? jsonCells(calls.map(withoutIndex), `${path}.tool_calls`, 'tool-call')
      : []),
  ];
}

/** What puts streamed pieces together is no part of a call. */
function withoutIndex(call: unknown): unknown {
  if (!isRecord(call)) return call;
  return Object.fromEntries(Object.entries(call).filter(([name]) => name !== 'index'));
}

const OPENING = '<think>\n';

/** The reasoning of an earlier answer, handed back by the client. */
function reasoningCells(message: JsonRecord, path: string): Cell[] {
  for (const name of ['reasoning', 'reasoning_content']) {
    const text = message[name];
    if (typeof text !== 'string' || text === '') continue;
    const marked = `${OPENING}${text}\n</think>\n\n`;
    const lead = OPENING.length;
    return [{ path: `${path}.${name}`, kind: 'reasoning', text: marked, lead }];
  }
  return [];
}

/** Items of the Responses API: messages, and what it has instead of messages for calls and reasoning. */
function inputTurns(input: unknown): Turn[] {
  if (typeof input === 'string') {
    return [{ path: 'input', role: 'user', cells: contentCells(input, 'input') }];
  }
  return list(input).map((item, index) => itemTurn(item, `input[${index}]`));
}

function itemTurn(item: JsonRecord, path: string): Turn {
  switch (item['type']) {
    case 'reasoning': {
      const texts = [...list(item['summary']), ...list(item['content'])];
      const text = texts.map((it) => textOf(it['text']) ?? '').join('\n');
      return { path, role: 'assistant', cells: [{ path, kind: 'reasoning', text }] };
    }
    case 'function_call_output':
      return { path, role: 'tool', cells: contentCells(item['output'], `${path}.output`) };
    case undefined:
    case 'message': {
      const cells = contentCells(item['content'], `${path}.content`);
      return { path, role: textOf(item['role']) ?? '', cells };
    }
    default:
      return { path, role: 'assistant', cells: jsonCells(item, path, 'tool-call') };
  }
}

function list(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
