import type { IncomingHttpHeaders } from 'node:http';
import { contentCodings } from '../../../net/content-coding.ts';
import { type PromptView, viewPrompt } from '../../../protocol/openai.ts';
import type { ReasonCode } from '../../context.ts';
import type { IndexedPrompt } from '../../routing/prefix-route.ts';

/** A request's body as far as all policies look at it. */
export interface Reading {
  view: PromptView | undefined;
  /** Undefined without a prompt, and where the index is not kept. */
  indexed: IndexedPrompt | undefined;
  /** Why there is no prompt. */
  absence: ReasonCode;
}

/** @param chainOf how the prefix index hashes a prompt; undefined where it is not kept */
export function readRequest(
  request: { body: Buffer; path: string; headers: IncomingHttpHeaders },
  chainOf: ((view: PromptView) => IndexedPrompt['chain']) | undefined,
): Reading {
  const view = viewPrompt(request.body, request.path);
  return {
    view,
    indexed: view && chainOf && { view, chain: chainOf(view) },
    // The listener has undone what it can, and taken the header off.
    absence:
      contentCodings(request.headers['content-encoding']).length > 0 ? 'encoded' : 'no-prompt',
  };
}
