import { createReadStream, openSync } from 'node:fs';
import { baseError, messageOf } from '../../base/errors.ts';

/** Where prompts come from. */
export interface PromptSource {
  /** How errors and reports name it. */
  path: string;
  /** In pieces, in order. */
  chunks: AsyncIterable<Buffer>;
}

/** @throws KvcacheError FILE_UNREADABLE (kind usage) */
export function openPrompts(path: string, shown: string): PromptSource {
  try {
    const fd = openSync(path, 'r');
    return { path: shown, chunks: createReadStream('', { fd, highWaterMark: 1024 * 1024 }) };
  } catch (error) {
    const message = `The file cannot be read: ${messageOf(error).split(',', 1)[0]}.`;
    throw baseError('FILE_UNREADABLE', { message, where: shown, cause: error });
  }
}
