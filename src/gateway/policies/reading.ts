import type { IncomingHttpHeaders } from 'node:http';
import { contentCodings } from '../../net/content-coding.ts';
import { viewPrompt } from '../../protocol/openai.ts';
import type { ReasonCode } from '../listener/context.ts';
import type { IndexedPrompt, PrefixRoute } from './prefix-route.ts';

/** A request's body as far as all policies look at it. */
export interface Reading {
  /** Undefined without a prompt. */
  indexed: IndexedPrompt | undefined;
  /** Why there is no prompt. */
  absence: ReasonCode;
}

export function readRequest(
  request: { body: Buffer; path: string; headers: IncomingHttpHeaders },
  index: PrefixRoute,
): Reading {
  const view = viewPrompt(request.body, request.path);
  return {
    indexed: view && { view, chain: index.chainOf(view) },
    // The listener has undone what it can, and taken the header off.
    absence:
      contentCodings(request.headers['content-encoding']).length > 0 ? 'encoded' : 'no-prompt',
  };
}
