import { isRecord, type JsonRecord } from '../../base/json.ts';
import { TRACE_FORMATS } from '../../traces/formats/formats.ts';
import { idTokensOf } from '../../traces/id-tokens.ts';
import { type HashedRow, type IdTokens, isHashed } from '../../traces/trace.ts';
import { promptsInvalid } from '../errors.ts';
import type { PromptForm } from '../forms/form.ts';
import { PROMPT_FORMS } from '../forms/forms.ts';
import type { PromptRequest } from '../request.ts';
import { type JsonValue, jsonValues } from './json-values.ts';
import type { PromptSource } from './source.ts';

/** What a file holds: requests word for word, or a trace that tells lengths and ids of blocks. */
export type PromptFile =
  | { kind: 'requests'; form: string; requests: AsyncIterable<PromptRequest> }
  | { kind: 'trace'; form: string; rows: readonly HashedRow[]; idTokens: IdTokens };

/**
 * Opens a file in any form of `PROMPT_FORMS`, or a trace of `TRACE_FORMATS` that has ids. Requests are read
 * as they are asked for; a trace is read as a whole.
 * @param tokensPerId of a trace, as the user says; undefined reads it from the file
 * @throws KvcacheError PROMPTS_INVALID, TRACE_INVALID (kind usage), `where` holding file and line
 */
export async function readPrompts(source: PromptSource, tokensPerId?: number): Promise<PromptFile> {
  const { path } = source;
  const values = jsonValues(source.chunks, path);
  const { done, value: first } = await values.next();
  if (done) throw promptsInvalid(path, 'it holds no request');
  const members = membersOf(first, path);
  const form = PROMPT_FORMS.find((it) => it.owns(members));
  if (form === undefined) return readTrace({ first, values, path }, tokensPerId);
  return { kind: 'requests', form: form.name, requests: requestsOf({ first, values, path }, form) };
}

/** A file of which the first value is read. */
interface Opened {
  first: JsonValue;
  values: AsyncIterable<JsonValue>;
  path: string;
}

async function* requestsOf(opened: Opened, form: PromptForm): AsyncGenerator<PromptRequest> {
  const { path } = opened;
  let number = 0;
  for await (const value of valuesOf(opened)) {
    const entry = membersOf(value, path);
    const drafts = form.read(entry);
    const where = `${path}:${value.line}`;
    if (drafts === undefined) {
      throw promptsInvalid(
        where,
        `the file began as ${form.name}, this entry has ${namesOf(entry)}`,
      );
    }
    for (const draft of drafts) yield { ...draft, number: ++number, file: path, line: value.line };
  }
  if (number === 0) throw promptsInvalid(path, 'it holds no request');
}

async function readTrace(opened: Opened, tokensPerId?: number): Promise<PromptFile> {
  const { first, path } = opened;
  const members = membersOf(first, path);
  const format = TRACE_FORMATS.find((it) => it.owns(members));
  const where = `${path}:${first.line}`;
  if (format === undefined) throw promptsInvalid(where, `no known form has ${namesOf(members)}`);
  const read = format.reader();
  const rows: HashedRow[] = [];
  for await (const value of valuesOf(opened)) {
    const entry = { value: membersOf(value, path), where: `${path}:${value.line}` };
    for (const row of read(entry)) if (isHashed(row)) rows.push(row);
  }
  const said = format.idTokens?.({ value: members, where });
  const given = said === undefined ? undefined : { tokens: said, source: 'as the file says' };
  const asked = tokensPerId && { tokens: tokensPerId, source: '--tokens-per-id' };
  const idTokens = idTokensOf(rows, path, asked || given);
  if (idTokens === undefined) {
    throw promptsInvalid(path, 'the trace has no ids, so nobody knows what its prompts share');
  }
  return { kind: 'trace', form: `${format.name} trace`, rows, idTokens };
}

async function* valuesOf({ first, values }: Opened): AsyncGenerator<JsonValue> {
  yield first;
  yield* values;
}

function membersOf({ value, line }: JsonValue, path: string): JsonRecord {
  if (isRecord(value)) return value;
  throw promptsInvalid(`${path}:${line}`, 'a JSON object is wanted here');
}

function namesOf(entry: JsonRecord): string {
  const names = Object.keys(entry).slice(0, 8).join(', ').slice(0, 200);
  return names === '' ? 'no members' : `the members ${names}`;
}
