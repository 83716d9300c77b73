import { Readable } from 'node:stream';
import { type AnalyzeOptions, analyzePrompts } from '../../src/prompts/analyze.ts';
import { readPrompts } from '../../src/prompts/read/read-prompts.ts';
import type { PromptsResult } from '../../src/prompts/result.ts';
import { builtInTokenizer } from '../../src/prompts/tokens/built-in.ts';

/** A file of these bodies, one per line, cut into pieces of a size that suits no line. */
export function fileOf(bodies: readonly unknown[], pieceBytes = 4_096) {
  const bytes = Buffer.from(bodies.map((it) => `${JSON.stringify(it)}\n`).join(''));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes));
  }
  return { path: 'prompts.jsonl', chunks: Readable.from(pieces) };
}

/** What these bodies come to, by the built-in tokenizer; or a part of it. */
export async function analyzed(
  bodies: readonly unknown[],
  {
    blockSize,
    showsText = false,
    cost,
    part,
  }: Partial<Pick<AnalyzeOptions, 'blockSize' | 'showsText' | 'cost' | 'part'>> = {},
): Promise<PromptsResult> {
  const file = fileOf(bodies);
  return analyzePrompts(await readPrompts(part?.seeing(file) ?? file), {
    source: 'prompts.jsonl',
    tokenizer: builtInTokenizer,
    blockSize,
    showsText,
    cost,
    part,
    signal: new AbortController().signal,
  });
}
