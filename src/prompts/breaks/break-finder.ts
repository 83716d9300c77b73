import { sumOf } from '../../base/lists.ts';
import type { PromptRequest } from '../request.ts';
import { isDefinition, isSystem } from '../structure/place.ts';
import { type PromptStructure, textOfTurn } from '../structure/structure.ts';
import { repeatedTokens, sharedTokens } from './anchors.ts';
import { type Change, changeBetween, sharedLength } from './change.ts';
import { explain, type Explanation } from './prompt-break.ts';
import { Recent, type Remembered } from './recent.ts';

/** A request that lost what an earlier one had computed, and why. */
export interface Break extends Explanation {
  request: Remembered['request'];
  /** The one that it could have continued. */
  continues: Remembered['request'];
  /** Tokens of its prompt. */
  tokens: number;
  /** The first token in which they differ, from 0. */
  firstToken: number;
  /** Tokens that could have been reused and were not. */
  lostTokens: number;
}

/** Requests that are compared to the token. */
const CANDIDATES_MAX = 3;
/** Less than that in common is no continuation but chance. */
const LOST_TOKENS_MIN = 8;
/** In the last message, which is new by its nature, only a text of some length counts. */
const LAST_TURN_LOST_MIN = 24;
/** So much of what follows must be the same for the front of a prompt to have broken it … */
const FRONT_SHARE_MIN = 0.5;
/** … and so much for a turn to have been edited; two conversations may have words in common. */
const TURN_SHARE_MIN = 0.75;
/** Of a turn that is told from one said anew by what it keeps. */
const EDIT_SHARE_MIN = 0.5;

interface Candidate {
  other: Remembered;
  shared: number;
  repeated: number;
}

/** Finds, request by request, what a prompt lost because it does not begin as an earlier one does. */
export class BreakFinder {
  readonly #recent = new Recent();
  readonly #showsText: boolean;

  /** @param showsText of prompts; else what breaks quote is masked */
  constructor(showsText: boolean) {
    this.#showsText = showsText;
  }

  /** Whether requests came too early to be compared with the last ones. */
  get forgot(): boolean {
    return this.#recent.forgot;
  }

  add(request: PromptRequest, { reused, ...prompt }: FindablePrompt): Break | undefined {
    const isWhole = prompt.ids.length - reused < LOST_TOKENS_MIN;
    const own = asRemembered(request, prompt);
    const found = isWhole ? undefined : this.#find(own, reused);
    this.#recent.add(own);
    return found;
  }

  /** Later requests are compared with it; what broke it is for somebody else to find. */
  remember(request: PromptRequest, prompt: Pick<FindablePrompt, 'structure' | 'ids'>): void {
    this.#recent.add(asRemembered(request, prompt));
  }

  #find(own: Remembered, reused: number): Break | undefined {
    const candidates = [...this.#recent.alike(own, CANDIDATES_MAX)].map((other): Candidate => {
      // Where something before the text differs, nothing is shared, however equal the tokens are.
      const change = changeBetween(other.structure, own.structure);
      const shared = change?.turn === -1 ? 0 : sharedTokens(other.ids, own.ids);
      return { other, shared, repeated: repeatedTokens(other.ids, own.ids, shared) };
    });
    const total = (it: Candidate): number => it.shared + it.repeated;
    const [best] = candidates.toSorted((a, b) => total(b) - total(a));
    if (best === undefined) return undefined;
    const change = changeBetween(best.other.structure, own.structure);
    const lostTokens = total(best) - Math.max(reused, best.shared);
    if (change === undefined || lostTokens < LOST_TOKENS_MIN) return undefined;
    const explanation = explain(change, this.#showsText);
    if (!isBreak(change, explanation, { own, best, lostTokens })) return undefined;
    return {
      ...explanation,
      request: own.request,
      continues: best.other.request,
      tokens: own.ids.length,
      firstToken: best.shared,
      lostTokens,
    };
  }
}

interface FindablePrompt {
  structure: PromptStructure;
  ids: Uint32Array;
  /** Tokens of its beginning that some earlier request has. */
  reused: number;
}

function asRemembered(
  { number, file, line, session }: PromptRequest,
  { structure, ids }: Pick<FindablePrompt, 'structure' | 'ids'>,
): Remembered {
  return { request: { number, file, line, session }, structure, ids };
}

interface Continuation {
  own: Remembered;
  best: Candidate;
  lostTokens: number;
}

/** Told apart from what is new by its nature: another question, another conversation. */
function isBreak(
  change: Change,
  { culprit: { isProof } }: Explanation,
  found: Continuation,
): boolean {
  const { turn, was, is, earlier, later } = change;
  // One of the two ends there, so the other goes on from it.
  if (turn !== -1 && !(was && is)) return false;
  const isLast = [earlier, later].some(({ turns }) => turn === turns.length - 1);
  if (isProof && !isLast) return true;
  if (isFront(change)) return hasHalf(found);
  if (isLast) return found.lostTokens >= LAST_TURN_LOST_MIN && hasHalf(found);
  return !isOtherSession(found) && isEdit(change) && hasMostBehind(found, turn);
}

/** Before the conversation: what decides all tokens, definitions, the system prompt. */
function isFront({ turn, was, is }: Change): boolean {
  return turn === -1 || [was, is].some((it) => it && (isDefinition(it) || isSystem(it)));
}

/** An answer given anew, to the same question and with the same question after it, is none. */
function isEdit({ turn, earlier, later, textWas, textIs, at }: Change): boolean {
  const behind = Math.min(earlier.turns.length, later.turns.length) - turn - 1;
  if (behind > 1) return true;
  const rests = [textWas, textIs].map((text) => Array.from(text.slice(at)).toReversed().join(''));
  const kept = at + sharedLength(rests[0]!, rests[1]!);
  return kept >= EDIT_SHARE_MIN * Math.max(textWas.length, textIs.length);
}

function hasHalf({ own, best: { other, shared, repeated } }: Continuation): boolean {
  return repeated >= FRONT_SHARE_MIN * (Math.min(other.ids.length, own.ids.length) - shared);
}

function hasMostBehind({ own, best: { other, repeated } }: Continuation, turn: number): boolean {
  const rests = [other, own].map((it) => tokensBehind(it, turn));
  return repeated >= TURN_SHARE_MIN * Math.min(...rests);
}

function isOtherSession({ own, best }: Continuation): boolean {
  const [mine, others] = [own.request.session, best.other.request.session];
  return mine !== undefined && others !== undefined && mine !== others;
}

/** Tokens of the turns behind this one, by their share of all characters. */
function tokensBehind({ structure: { turns }, ids }: Remembered, turn: number): number {
  const lengths = turns.map((it) => textOfTurn(it).length);
  return (ids.length * sumOf(lengths.slice(turn + 1))) / Math.max(1, sumOf(lengths));
}
