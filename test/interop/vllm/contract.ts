import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../helpers/exec.ts';
import type { WireFacts } from './facts.ts';

/** Many requests have the same answer, which is written once. */
interface Contract {
  /** By title, the place of its answer in the list. */
  requests: Record<string, number>;
  answers: WireFacts[];
}

const fileOf = (version: string): string => join(ROOT, `fixtures/contract/vllm-${version}.json`);

/** What a real vLLM answered, as it was recorded; by the title of the request. */
export function readContract(version: string): Map<string, WireFacts> {
  const { requests, answers } = JSON.parse(readFileSync(fileOf(version), 'utf8')) as Contract;
  return new Map(Object.entries(requests).map(([title, at]) => [title, answers[at]!]));
}

/** One line per request and per answer, so that a change shows. */
export function writeContract(version: string, facts: ReadonlyMap<string, WireFacts>): void {
  const answers = [...new Set([...facts.values()].map((it) => JSON.stringify(it)))];
  const requests = [...facts].map(
    ([title, it]) => `${JSON.stringify(title)}: ${answers.indexOf(JSON.stringify(it))}`,
  );
  const text = `{"requests": {\n${requests.join(',\n')}\n},\n"answers": [\n${answers.join(',\n')}\n]}\n`;
  writeFileSync(fileOf(version), text);
}
