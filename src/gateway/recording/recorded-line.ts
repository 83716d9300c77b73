import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isRecord, parseJson } from '../../base/json.ts';
import type { RecordConfig } from '../../config/gateway-config.ts';
import { type PromptView, viewPrompt } from '../../protocol/openai.ts';
import { BYTES_PER_TOKEN, hashBlocks } from '../policies/block-hash.ts';

/** A request as it came, and how it is to be recorded. */
export interface Recorded {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** When, in milliseconds since 1970. */
  timestamp: number;
}

/** What all lines of a recording have in common. */
export interface LineSettings {
  what: RecordConfig['what'];
  blockTokens: number;
  sessionHeader: string;
  /** Known to nobody: without it ids could be tried against guessed prompts. */
  secret: Buffer;
}

/** One line of a recording; undefined for a request that asks no model. */
export function recordedLine(request: Recorded, settings: LineSettings): string | undefined {
  const view = viewPrompt(request.body, request.path);
  if (view === undefined) return undefined;
  return settings.what === 'bodies'
    ? bodyLine(request, settings)
    : hashLine(view, request, settings);
}

/** As `kvcache prompts` reads it. No header but the session's: those have keys. */
function bodyLine({ path, headers, body, timestamp }: Recorded, { sessionHeader }: LineSettings) {
  const parsed = parseJson(body.toString('utf8'));
  if (!isRecord(parsed)) return undefined;
  const session = headers[sessionHeader];
  const head = { timestamp, path, ...(typeof session === 'string' ? { session_id: session } : {}) };
  return JSON.stringify({ ...head, body: parsed });
}

/** A row as Mooncake's traces have it: lengths in tokens of four bytes, ids of whole blocks. */
function hashLine(view: PromptView, { headers, timestamp }: Recorded, settings: LineSettings) {
  const { blockTokens, secret, sessionHeader } = settings;
  const { low, high, count, promptBytes } = hashBlocks(view, blockTokens);
  const ids = Array.from({ length: count }, (_, block) =>
    keyed(secret, `${low[block]},${high[block]}`),
  );
  const tokens = Math.max(1, Math.floor(promptBytes / BYTES_PER_TOKEN));
  // Only the first blocks of a very long prompt are hashed; it is recorded up to there.
  const length = Math.min(tokens, (count + 1) * blockTokens - 1);
  const session = headers[sessionHeader];
  const named = typeof session === 'string' ? { session_id: `${keyed(secret, session)}` } : {};
  return JSON.stringify({
    timestamp,
    ...named,
    input_length: length,
    output_length: 1,
    hash_ids: ids,
  });
}

/** 48 bits of a keyed hash. */
function keyed(secret: Buffer, text: string): number {
  return createHmac('sha256', secret).update(text).digest().readUIntBE(0, 6);
}
