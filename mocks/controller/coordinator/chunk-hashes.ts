import { createHash } from 'node:crypto';

/**
 * Names a chunk by its tokens and all before them, as LMCache's MP servers and coordinator do with
 * blake3: whatever the process, its seed, the model or the salt. SHA-256 stands for blake3, which
 * Node does not have.
 */
export function chunkHash(parentHex: string | null, tokens: ArrayLike<number>): string {
  const bytes = Buffer.alloc(tokens.length * 4);
  for (let index = 0; index < tokens.length; index++) {
    bytes.writeUInt32BE(tokens[index]!, index * 4);
  }
  const hash = createHash('sha256');
  if (parentHex !== null) hash.update(parentHex, 'hex');
  return hash.update(bytes).digest('hex');
}

/** Of a prompt's whole chunks, in order. */
export function chunkHashes(tokens: readonly number[], chunkTokens: number): string[] {
  const hashes: string[] = [];
  for (let end = chunkTokens; end <= tokens.length; end += chunkTokens) {
    hashes.push(chunkHash(hashes.at(-1) ?? null, tokens.slice(end - chunkTokens, end)));
  }
  return hashes;
}
