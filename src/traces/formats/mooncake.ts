import type { Entry } from '../entries.ts';
import { IdSpace, inputTokensIn, nameIn, numberIn, outputTokensIn } from '../members.ts';
import { messagesOf } from '../messages.ts';
import type { TracePrompt, TraceRow } from '../trace.ts';
import { traceInvalid } from '../errors.ts';
import type { TraceFormat } from './format.ts';

/** What a request may hold, exactly one of them. */
const PROMPTS = ['input_length', 'text_input', 'messages'] as const;
/** What AIPerf reads beside it, and what leaving it out would change. */
const NOT_REPLAYED = {
  payload: 'the request body as a whole',
  tools: 'tools are part of the prompt',
  extra: 'further members of the body',
} as const;

/**
 * Mooncake (github.com/kvcache-ai/Mooncake, FAST25-release/traces): arrival in milliseconds, lengths in
 * tokens, ids. With AIPerf's additions (docs/benchmark-modes/trace-replay.md there): `session_id`,
 * `text_input`, `messages`.
 */
export const mooncake: TraceFormat = {
  name: 'Mooncake',
  owns: (first) => PROMPTS.some((name) => name in first) || 'hash_ids' in first,
  reader: () => {
    const ids = new IdSpace();
    const arrivals = new Arrivals();
    return (entry) => [rowOf(entry, ids, arrivals)];
  },
};

function rowOf(entry: Entry, ids: IdSpace, arrivals: Arrivals): TraceRow {
  const { value, where } = entry;
  for (const [name, why] of Object.entries(NOT_REPLAYED)) {
    if (name in value) throw traceInvalid(where, `"${name}" is not replayed: ${why}`, CONVERT);
  }
  const session = nameIn(entry, 'session_id');
  return {
    where,
    ...arrivals.of(entry, session),
    session,
    prompt: promptOf(entry, ids),
    outputTokens: 'output_length' in value ? outputTokensIn(entry, 'output_length') : undefined,
  };
}

const CONVERT =
  'Write every request with its whole prompt: input_length and hash_ids, text_input or messages.';

/** Turns that count from the answer before them arrive no earlier than the session's last that says when. */
class Arrivals {
  readonly #sessions = new Map<string, { atMs: number; turn: number }>();

  of(entry: Entry, session: string | undefined): Pick<TraceRow, 'atMs' | 'follows'> {
    const { value, where } = entry;
    if ('timestamp' in value || !('delay' in value)) {
      const atMs = numberIn(entry, 'timestamp');
      if (session !== undefined) this.#sessions.set(session, { atMs, turn: 0 });
      return { atMs };
    }
    const before = session === undefined ? undefined : this.#sessions.get(session);
    if (!before) {
      throw traceInvalid(
        where,
        '"delay" counts from the answer before, and no row of its session stands there',
      );
    }
    before.turn++;
    return { atMs: before.atMs, follows: { delayMs: numberIn(entry, 'delay'), turn: before.turn } };
  }
}

function promptOf(entry: Entry, ids: IdSpace): TracePrompt {
  const { value, where } = entry;
  const given = PROMPTS.filter((name) => name in value);
  if (given.length > 1) throw traceInvalid(where, `"${given.join('" and "')}" exclude each other`);
  if (value['message_mode'] === 'delta') {
    throw traceInvalid(
      where,
      'turns without the ones before ("message_mode": "delta") are not replayed',
      CONVERT,
    );
  }
  switch (given[0]) {
    case 'text_input': {
      const { text_input: content } = value;
      if (typeof content === 'string' && content !== '') {
        return { kind: 'messages', messages: [{ role: 'user', content }] };
      }
      throw traceInvalid(where, '"text_input" must be a text that is not empty');
    }
    case 'messages': {
      const messages = messagesOf(value['messages']);
      if (messages !== undefined) return { kind: 'messages', messages };
      throw traceInvalid(where, '"messages" must be a role and a text each');
    }
    default:
      return {
        kind: 'lengths',
        inputTokens: inputTokensIn(entry, 'input_length'),
        ids: ids.read(entry, 'hash_ids'),
      };
  }
}
