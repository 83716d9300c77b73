import { type Cell, type PromptStructure, type Turn } from './structure.ts';

/** A place in the message structure of a prompt. */
export interface Place {
  /** `tools[3].function.description`, `system`, `messages[4].content`, … */
  path: string;
  /** For people: `the system prompt`, `tool 4 (get_weather)`, `turn 5 (assistant), reasoning`. */
  label: string;
  /** The same without numbers, so that equal places of several requests are one. */
  group: string;
  /** Character of the cell's text, from 1; null where the place is no text. */
  character: number | null;
}

/** Where a prompt's root stands: before its first token. */
export function rootPlace(member: string): Place {
  return { path: member, label: `the request's ${member}`, group: member, character: null };
}

/** @param character of the turn's text, from 0 */
export function placeIn(structure: PromptStructure, turnIndex: number, character: number): Place {
  const turn = structure.turns[turnIndex];
  if (turn === undefined) {
    return { path: 'end', label: 'the end of the prompt', group: 'end', character: null };
  }
  const [cell, start] = cellAt(turn, character);
  if (cell === undefined)
    return { ...wordsFor(structure, turnIndex), path: turn.path, character: 1 };
  const words = wordsFor(structure, turnIndex, cell);
  const at = character - start - (cell.lead ?? 0);
  return { ...words, path: cell.path, character: at < 0 ? null : at + 1 };
}

/** The cell of a character of the turn's text, and the character with which it begins. */
export function cellAt(turn: Turn, character: number): [cell: Cell | undefined, start: number] {
  let start = 0;
  for (const cell of turn.cells) {
    if (character < start + cell.text.length) return [cell, start];
    start += cell.text.length;
  }
  const last = turn.cells.at(-1);
  return [last, start - (last?.text.length ?? 0)];
}

const SYSTEM_ROLES = new Set(['system', 'developer']);

export function isSystem({ role, path }: Turn): boolean {
  return SYSTEM_ROLES.has(role) && !isDefinition({ path });
}

/** Tools or functions: definitions, written before the conversation. */
export function isDefinition({ path }: Pick<Turn, 'path'>): boolean {
  return path === 'tools' || path === 'functions';
}

function wordsFor(
  { turns, isBare }: PromptStructure,
  index: number,
  cell?: Cell,
): Pick<Place, 'label' | 'group'> {
  const turn = turns[index]!;
  if (isBare) return { label: 'the prompt', group: 'the prompt' };
  if (isDefinition(turn)) return toolWords(turn, cell?.path ?? turn.path);
  const isFirst = isSystem(turn) && turns.findIndex(isSystem) === index;
  if (isFirst) return { label: 'the system prompt', group: 'the system prompt' };
  const number = turns.slice(0, index + 1).filter((it) => !isDefinition(it)).length;
  const part = cell === undefined || cell.kind === 'text' ? '' : `, ${cell.kind.replace('-', ' ')}`;
  const who = turn.role === '' ? 'a turn' : `a turn of ${turn.role}`;
  return { label: `turn ${number} (${turn.role})${part}`, group: `${who}${part}` };
}

/** `tool 4 (get_weather), function.description`. */
function toolWords(turn: Turn, path: string): Pick<Place, 'label' | 'group'> {
  const [, index = '0', member = ''] = /^\w+\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const prefix = `${turn.path}[${index}]`;
  const own = turn.cells.find(({ path: it }) => NAME.test(it) && it.startsWith(`${prefix}.`));
  const [, name] = /:"((?:[^"\\]|\\.)*)"[}\]]*$/.exec(own?.text ?? '') ?? [];
  const called = name === undefined ? '' : ` (${name})`;
  const part = member === '' ? '' : `, ${member}`;
  const group = name === undefined ? 'a tool' : `the tool ${name}`;
  return { label: `tool ${Number(index) + 1}${called}${part}`, group: `${group}${part}` };
}

const NAME = /^\w+\[\d+\](?:\.function)?\.name$/;
