import {
  type Declared,
  type Difference,
  differencesOf,
  isDeclared,
  partsOf,
} from './differences.ts';
import { sendTo, titleOf, type WireRequest } from './wire-request.ts';

/** What a server answered, without what is only of the moment. Contract fixtures are lists of these. */
export interface RecordedAnswer {
  request: string;
  status: number;
  /** By place: `header NAME` or `body.PATH`. */
  parts: Record<string, unknown>;
}

/** Sends the requests one after another. */
export async function recordAnswers(
  url: string,
  requests: readonly WireRequest[],
): Promise<RecordedAnswer[]> {
  const answers: RecordedAnswer[] = [];
  for (const request of requests) {
    const answer = await sendTo(url, request);
    const parts = [...partsOf(answer)].filter(([at]) => at !== 'status');
    const lasting = parts.map(([at, value]) => [at, withoutMoment(at, value)]);
    answers.push({
      request: titleOf(request),
      status: answer.status,
      parts: Object.fromEntries(lasting),
    });
  }
  return answers;
}

function withoutMoment(at: string, value: unknown): unknown {
  if (typeof value === 'string') {
    // What a page for people says is nobody's contract.
    if (value.trimStart().startsWith('<!DOCTYPE html>')) return '<page>';
    return value
      .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
      .replace(PYDANTIC, '$1<version>');
  }
  if (typeof value !== 'number') return value;
  if (at.endsWith('_time')) return '<seconds>';
  return at.endsWith('.port') ? '<port>' : value;
}

const PYDANTIC = /(errors\.pydantic\.dev\/)[\d.]+/;

/** Where the mock's answers to the same requests differ from the real ones, and nobody declared it. */
export function undeclaredBetween(
  real: readonly RecordedAnswer[],
  mock: readonly RecordedAnswer[],
  declared: readonly Declared[],
): Difference[] {
  const count = Math.max(real.length, mock.length);
  const differences = Array.from({ length: count }, (_, index) =>
    answerDifferences(real[index], mock[index]),
  ).flat();
  return differences.filter((it) => !declared.some((entry) => isDeclared(it, entry)));
}

/** Answers to different requests have nothing to be compared but that. */
function answerDifferences(
  real: RecordedAnswer | undefined,
  mock: RecordedAnswer | undefined,
): Difference[] {
  const request = real?.request ?? mock!.request;
  if (!real || !mock || real.request !== mock.request) {
    return [{ request, at: 'request', real: real?.request, mock: mock?.request }];
  }
  const places = ({ status, parts }: RecordedAnswer) =>
    new Map<string, unknown>([['status', status], ...Object.entries(parts)]);
  return differencesOf(places(real), places(mock)).map((it) => ({ request, ...it }));
}
