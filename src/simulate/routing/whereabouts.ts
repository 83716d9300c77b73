import type { Layout } from '../../protocol/lmcache.ts';
import type { PromptStanding } from '../fleet/knowledge.ts';

/** Who holds the prompt that is being decided on, as different sources tell it. Engines are numbered as in the cluster. */
export interface Whereabouts {
  /** As it is. */
  truth: () => PromptStanding;
  /** By engine, ms until it would begin to answer that prompt: by its own model, after what it was sent before. */
  firstTokenMs: () => Float64Array;
  /** As the controller says. */
  controller: () => Layout;
  /** As the engines' KV events have told this gateway so far. */
  events: () => PromptStanding;
  /** Of the engine with this number. */
  idOf: (engine: number) => string;
}
