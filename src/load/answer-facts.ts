import {
  type ChatUsage,
  type HeadFacts,
  headFactsOf,
  servedByOf,
  usageOf,
} from '../protocol/chat-evidence.ts';
import { choicesOf, type ChoicesRead } from '../protocol/chat-output.ts';

/** What an answer says, put together while it arrives. */
export class AnswerFacts implements ChatUsage {
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  cachedTokens: number | undefined;
  /** The body's word; a header's where the body names nobody. */
  servedBy: string | undefined;
  servedBySource: string | undefined;
  readonly headerServedBy: string | undefined;
  readonly reason: string | undefined;
  readonly predictedTokens: number | undefined;
  finishReason: string | undefined;
  /** Output of all kinds, when it is kept. */
  text = '';
  isStreamed = false;
  hasOutput = false;
  /** Whether a token was seen at all, though it may decode to no text. */
  hasToken = false;
  readonly #keepsText: boolean;

  constructor(head: HeadFacts, keepsText: boolean) {
    this.servedBy = head.servedBy?.endpoint;
    this.servedBySource = head.servedBy?.source;
    this.headerServedBy = head.servedBy?.endpoint;
    this.reason = head.reason;
    this.predictedTokens = head.predictedTokens;
    this.#keepsText = keepsText;
  }

  /**
   * Takes what one document says: a whole answer, or a chunk of one.
   * @returns its choices; undefined when it has none
   */
  take(body: unknown): ChoicesRead | undefined {
    this.#takeUsage(body);
    const named = servedByOf(body);
    if (named !== undefined) [this.servedBy, this.servedBySource] = [named, 'body served_by'];
    const choices = choicesOf(body);
    if (choices === undefined) return undefined;
    this.finishReason ??= choices.finishReason;
    this.hasOutput ||= choices.text !== '';
    this.hasToken ||= choices.hasToken;
    if (this.#keepsText) this.text += choices.text;
    return choices;
  }

  /** A later chunk may know what an earlier one did not. */
  #takeUsage(body: unknown): void {
    const usage = usageOf(body);
    this.promptTokens = usage.promptTokens ?? this.promptTokens;
    this.completionTokens = usage.completionTokens ?? this.completionTokens;
    this.cachedTokens = usage.cachedTokens ?? this.cachedTokens;
  }
}

/** Of a request that nothing has answered yet. */
export const NO_FACTS: Readonly<AnswerFacts> = new AnswerFacts(headFactsOf([]), false);
