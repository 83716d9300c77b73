import type { PromptKind } from '../../protocol/openai.ts';

/** What a piece of a prompt is, where that decides what a change of it means. */
export type CellKind = 'text' | 'reasoning' | 'image' | 'tool-call' | 'definition';

/** A piece of a prompt that a path names. */
export interface Cell {
  /** `tools[3].function.description`, `system`, `messages[4].content[1]`, … */
  path: string;
  kind: CellKind;
  text: string;
  /** Characters of the text before what the path names: a key, a quote, a line end. Default 0. */
  lead?: number;
}

/** One message as the template writes it: its role, then its cells one after another. */
export interface Turn {
  /** `tools`, `system`, `messages[4]`, `prompt`, … */
  path: string;
  role: string;
  cells: readonly Cell[];
}

/** What must be equal before two prompts share anything, however equal their texts are. */
export interface PromptRoot {
  model: string;
  lora: string;
  salt: string;
  /** Settings of the template, as JSON. */
  settings: string;
}

/** A prompt in the order in which templates write it: definitions of tools first, then the conversation. */
export interface PromptStructure {
  kind: PromptKind;
  root: PromptRoot;
  turns: readonly Turn[];
  /** A completion's: no roles, no marks between messages. */
  isBare: boolean;
  /** A completion that came as token ids; it has no text. */
  tokenIds: readonly number[] | undefined;
}

export function textOfTurn({ cells }: Pick<Turn, 'cells'>): string {
  return cells.length === 1 ? cells[0]!.text : cells.map(({ text }) => text).join('');
}
