import { isRecord, parseJson } from '../base/json.ts';
import { open, readFile } from 'node:fs/promises';

/** Enough for any stack trace; a log that grew for hours is not read whole. */
const TAIL_BYTES = 16 * 1024;

/** The last lines of a log file, oldest first; none when there is no such file. */
export async function lastLines(logPath: string, lineCount = 12): Promise<string[]> {
  try {
    await using file = await open(logPath, 'r');
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(tail, 0, tail.length, size - tail.length);
    return tail
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-lineCount);
  } catch {
    return [];
  }
}

/** The first complete line of a log that is a JSON object with `"ready":true`, or undefined so far. */
export async function readyLine(logPath: string): Promise<Record<string, unknown> | undefined> {
  const lines = (await readFile(logPath, 'utf8')).split('\n').slice(0, -1);
  for (const line of lines) {
    if (!line.startsWith('{')) continue;
    const value = parseJson(line);
    if (isRecord(value) && value['ready'] === true) return value;
  }
  return undefined;
}
