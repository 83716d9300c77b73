import { isRecord, type JsonRecord } from '../../base/json.ts';
import type { Entry } from '../../traces/entries.ts';
import { TRACE_FORMATS } from '../../traces/formats/formats.ts';
import type { HashedRow } from '../../traces/trace.ts';
import { promptsInvalid } from '../errors.ts';
import type { PromptForm } from '../forms/form.ts';
import { PROMPT_FORMS } from '../forms/forms.ts';
import type { PromptRequest } from '../request.ts';
import { type JsonValue, jsonValues } from './json-values.ts';
import type { PromptSource } from './source.ts';
import { traceRows } from './trace-rows.ts';

/** What a file holds: requests word for word, or a trace that tells lengths and ids of blocks. */
export type PromptFile =
  | { kind: 'requests'; form: string; requests: AsyncIterable<PromptRequest> }
  | { kind: 'trace'; form: string; rows: AsyncIterable<HashedRow>; idTokens: number };

/**
 * Opens a file in any form of `PROMPT_FORMS`, or a trace of `TRACE_FORMATS` that has ids. Requests and rows are read
 * as they are asked for, of a trace so many ahead as tell how many tokens an id stands for.
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

/** @throws KvcacheError PROMPTS_INVALID, TRACE_INVALID (kind usage) */
async function readTrace(opened: Opened, tokensPerId?: number): Promise<PromptFile> {
  const { first, path } = opened;
  const members = membersOf(first, path);
  const format = TRACE_FORMATS.find((it) => it.owns(members));
  const where = `${path}:${first.line}`;
  if (format === undefined) throw promptsInvalid(where, `no known form has ${namesOf(members)}`);
  const said = format.idTokens?.({ value: members, where });
  const given = said === undefined ? undefined : { tokens: said, source: 'as the file says' };
  const asked = tokensPerId && { tokens: tokensPerId, source: '--tokens-per-id' };
  const trace = await traceRows(entriesOf(opened), format, { path, given: asked || given });
  return { kind: 'trace', form: `${format.name} trace`, ...trace };
}

async function* entriesOf(opened: Opened): AsyncGenerator<Entry> {
  const { path } = opened;
  for await (const value of valuesOf(opened)) {
    yield { value: membersOf(value, path), where: `${path}:${value.line}` };
  }
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
