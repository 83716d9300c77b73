import { createReadStream } from 'node:fs';
import { openTextFile } from '../../base/text-file.ts';

/** Where prompts come from. */
export interface PromptSource {
  /** How errors and reports name it. */
  path: string;
  /** In pieces, in order. */
  chunks: AsyncIterable<Buffer>;
}

/** @throws KvcacheError FILE_UNREADABLE (kind usage) */
export function openPrompts(path: string, shown: string): PromptSource {
  const fd = openTextFile(path, shown);
  return { path: shown, chunks: createReadStream('', { fd, highWaterMark: 1024 * 1024 }) };
}
