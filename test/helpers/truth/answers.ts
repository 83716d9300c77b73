import type { ServerResponse } from 'node:http';
import type { Dialect } from './dialects.ts';
import { writeJson } from './http.ts';

/** What an answer consists of: text, or thoughts alone, or a call of a tool alone, or tokens without text. */
export type OutputKind = 'text' | 'reasoning' | 'reasoning_content' | 'tool_calls' | 'empty';

export interface Answer {
  id: string;
  model: string;
  dialect: Dialect;
  promptTokens: number;
  /** As reported, which need not be true. */
  cachedTokens: number;
  outputTokens: number;
  finishReason: 'length' | 'stop';
  output: OutputKind;
  isStream: boolean;
  includesUsage: boolean;
  headers?: Record<string, string>;
}

/** Server-sent events of a streamed answer, each with its blank line. */
export function eventsOf(answer: Answer): string[] {
  const chunk = (choices: object[], more: object = {}): string =>
    `data: ${JSON.stringify({
      id: answer.id,
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: answer.model,
      choices,
      ...more,
    })}\n\n`;
  const choice = (delta: object, finish: string | null = null): object[] => [
    { index: 0, delta, logprobs: null, finish_reason: finish },
  ];
  const pieces = piecesOf(answer);
  return [
    chunk(choice({ role: 'assistant', content: '' })),
    ...pieces.map((delta, index) =>
      chunk(choice(delta, index === pieces.length - 1 ? finishOf(answer) : null)),
    ),
    ...(answer.includesUsage ? [chunk([], { usage: usageOf(answer) })] : []),
    'data: [DONE]\n\n',
  ];
}

export function jsonOf(answer: Answer): object {
  return {
    id: answer.id,
    object: 'chat.completion',
    created: 1_790_000_000,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, ...joined(piecesOf(answer)) },
        logprobs: null,
        finish_reason: finishOf(answer),
        stop_reason: null,
      },
    ],
    usage: usageOf(answer),
    kv_transfer_params: null,
  };
}

export function writeAnswer(response: ServerResponse, answer: Answer): void {
  const { headers = {} } = answer;
  if (!answer.isStream) return writeJson(response, jsonOf(answer), { headers });
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
  response.end(eventsOf(answer).join(''));
}

function usageOf(answer: Answer): object {
  const { promptTokens, outputTokens, dialect, cachedTokens, isStream } = answer;
  const details = dialect.details(cachedTokens, promptTokens, isStream);
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + outputTokens,
    completion_tokens: outputTokens,
    ...(details !== undefined && { prompt_tokens_details: details }),
    ...(dialect.family === 'sglang' && { reasoning_tokens: 0 }),
  };
}

/** One delta per token. */
function piecesOf({ output, outputTokens }: Answer): object[] {
  return Array.from({ length: outputTokens }, (_, index) => {
    const word = index === 0 ? 'So' : ' on';
    switch (output) {
      case 'reasoning':
      case 'reasoning_content':
        return { [output]: word };
      case 'tool_calls':
        return { tool_calls: [toolCall(index)] };
      case 'empty':
        return { content: '' };
      case 'text':
        return { content: word };
    }
  });
}

function toolCall(index: number): object {
  return index === 0
    ? { index: 0, id: 'call-1', type: 'function', function: { name: 'look_up', arguments: '' } }
    : { index: 0, function: { arguments: ' ' } };
}

/** The deltas as the one message they add up to. */
function joined(pieces: readonly object[]): object {
  const first = pieces[0] ?? {};
  const name = Object.keys(first)[0];
  if (name === undefined) return {};
  if (name === 'tool_calls') {
    return { tool_calls: [{ ...toolCall(0), function: { name: 'look_up', arguments: '{}' } }] };
  }
  return { [name]: pieces.map((it) => Object.values(it)[0] as string).join('') };
}

function finishOf({ output, finishReason }: Answer): string {
  return output === 'tool_calls' && finishReason === 'stop' ? 'tool_calls' : finishReason;
}
