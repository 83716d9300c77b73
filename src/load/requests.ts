import type { LoadRequest } from './attempt.ts';
import type { Prompt } from './prompts.ts';
import type { RequestSource } from './run-load.ts';

export interface RequestShape {
  model: string;
  /** Undefined leaves it to the server. */
  maxTokens?: number | undefined;
  stream: boolean;
  /** Further members of every body, for example `cache_salt`. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Serialises prompts into chat completions bodies; a prompt repeated at once is serialised once. */
export function requestSource(next: () => Prompt | undefined, shape: RequestShape): RequestSource {
  let lastPrompt: Prompt | undefined;
  let lastBody: Uint8Array | undefined;
  return (): LoadRequest | undefined => {
    const prompt = next();
    if (prompt === undefined) return undefined;
    const isRepeat = prompt === lastPrompt && lastBody !== undefined;
    const body = isRepeat ? lastBody! : serialised(prompt, shape);
    lastPrompt = prompt;
    lastBody = body;
    return { body, group: prompt.group, session: prompt.session };
  };
}

/** One prompt as a request. */
export function chatRequest(prompt: Prompt, shape: RequestShape): LoadRequest {
  return { body: serialised(prompt, shape), group: prompt.group, session: prompt.session };
}

function serialised(prompt: Prompt, shape: RequestShape): Uint8Array {
  return Buffer.from(JSON.stringify(chatBody(prompt, shape)));
}

/** Temperature 0: the arms of an experiment must not differ by chance. */
export function chatBody(prompt: Prompt, shape: RequestShape): Record<string, unknown> {
  const maxTokens = prompt.outputTokens ?? shape.maxTokens;
  return {
    model: shape.model,
    messages: prompt.messages,
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    temperature: 0,
    ...(shape.stream && { stream: true, stream_options: { include_usage: true } }),
    ...shape.extra,
  };
}
