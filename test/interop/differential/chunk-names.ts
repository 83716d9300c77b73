import { recordAnswers, type RecordedAnswer } from './recorded.ts';
import type { WireRequest } from './wire-request.ts';

const HASH = /\b[0-9a-f]{64}\b/g;
const NAME = /<chunk (\d+)>/g;

/**
 * As `recordAnswers`, where `<chunk N>` stands for the N-th chunk hash that the server names, in requests
 * and answers alike: servers may hash as they like, if they do so alike each time.
 */
export async function recordWithChunkNames(
  url: string,
  requests: readonly WireRequest[],
): Promise<RecordedAnswer[]> {
  const hashes: string[] = [];
  const named = (hash: string): string => {
    if (!hashes.includes(hash)) hashes.push(hash);
    return `<chunk ${hashes.indexOf(hash)}>`;
  };
  const hashed = (name: string, index: string): string => hashes[Number(index)] ?? name;
  const answers: RecordedAnswer[] = [];
  for (const request of requests) {
    const body = JSON.stringify(request.body)?.replaceAll(NAME, hashed);
    const sent = { ...request, ...(body !== undefined && { body: JSON.parse(body) as unknown }) };
    const text = JSON.stringify((await recordAnswers(url, [sent]))[0]);
    answers.push(JSON.parse(text.replaceAll(HASH, named)) as RecordedAnswer);
  }
  return answers;
}
