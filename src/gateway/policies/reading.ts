import type { IncomingHttpHeaders } from 'node:http';
import { contentCodings } from '../../net/content-coding.ts';
import { viewPrompt } from '../../protocol/openai.ts';
import type { ReasonCode } from '../listener/context.ts';
import { BodyMemory } from './body-memory.ts';
import type { IndexedPrompt, PrefixRoute } from './prefix-route.ts';

/** A request's body as far as all policies look at it. */
export interface Reading {
  /** Undefined without a prompt. */
  indexed: IndexedPrompt | undefined;
  /** Why there is no prompt. */
  absence: ReasonCode;
}

/** Reads requests for one index. */
export class RequestReader {
  readonly #index: PrefixRoute;
  readonly #memory = new BodyMemory<IndexedPrompt | undefined>();

  constructor(index: PrefixRoute) {
    this.#index = index;
  }

  read(request: { body: Buffer; path: string; headers: IncomingHttpHeaders }): Reading {
    const { body, path, headers } = request;
    return {
      indexed: this.#memory.read(body, path, (it) => this.#promptOf(it, path)),
      // The listener has undone what it can, and taken the header off.
      absence: contentCodings(headers['content-encoding']).length > 0 ? 'encoded' : 'no-prompt',
    };
  }

  #promptOf(body: Buffer, path: string): IndexedPrompt | undefined {
    const view = viewPrompt(body, path);
    return view && { view, chain: this.#index.chainOf(view) };
  }
}
