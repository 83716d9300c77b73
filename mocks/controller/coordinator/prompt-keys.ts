import type { JsonRecord } from '../../../src/base/json.ts';
import type { Answer } from '../../python/fastapi.ts';
import { chunkHashes } from './chunk-hashes.ts';
import { refusal } from './route.ts';
import { keyProblem, kvRanks, type ObjectKey } from './wire-types.ts';

/** LMCache's `MAX_TOKEN_IDS`. */
const TOKEN_IDS_MAX = 1_000_000;
const TOKEN_MAX = 0xffff_ffff;

/** The answer to ids that do not fit 32 bits: nobody catches the exception. */
const UNPACKABLE: Answer = { status: 500, text: 'Internal Server Error' };

/** The keys of a prompt's whole chunks, one per rank, in object group 0; or the answer that refuses it. */
export function promptKeys(
  body: JsonRecord,
  chunkTokens: number,
): { keys: ObjectKey[]; chunks: number } | Answer {
  const tokens = body['token_ids'] as number[];
  if (tokens.length > TOKEN_IDS_MAX) {
    const limits = `(limit=${TOKEN_IDS_MAX}, got=${tokens.length})`;
    return refusal(400, `too many token_ids in a single request ${limits}`);
  }
  const chunks = Math.floor(tokens.length / chunkTokens);
  const whole = tokens.slice(0, chunks * chunkTokens);
  if (whole.some((id) => id < 0 || id > TOKEN_MAX)) return UNPACKABLE;
  const ranks = kvRanks(body['world_size'] as number);
  const keys = chunkHashes(whole, chunkTokens).flatMap((hash) =>
    ranks.map((rank) => ({
      chunk_hash_hex: hash,
      model_name: body['model_name'] as string,
      kv_rank: rank,
      object_group_id: 0,
      cache_salt: body['cache_salt'] as string,
    })),
  );
  const problem = keys[0] && keyProblem(keys[0]);
  return problem === undefined ? { keys, chunks } : refusal(400, problem);
}
