import type { ReuseCurve, ReuseShare } from './reuse/reuse.ts';

/** What the prompts of a file come to. Null is "not known", never zero. */
export interface PromptsResult {
  /** The file, as it was named; `-` for standard input. */
  source: string;
  /** Of the file. */
  form: string;
  tokenizer: { name: string; isEstimated: boolean };
  requests: number;
  promptTokens: number;
  lengths: Lengths;
  /** Null where the file names no sessions. */
  sessions: SessionFigures | null;
  /** To the token, then by block size; of a cache that never forgets. */
  reuse: ReuseShare[];
  /** Of an LRU cache by its size. */
  curve: ReuseCurve;
  /** The beginnings that are worth most, parents before what goes on from them. */
  beginnings: SharedBeginning[];
  /** Null for a file without text. */
  breaks: BreakFigures | null;
  /** Of a shard: `breaks` are those of its requests alone, all else is of the whole file. */
  part?: AnalysisPart;
}

/** One of several processes that analyze a file together. */
export interface AnalysisPart {
  /** From 0. */
  shard: number;
  of: number;
  /** Equal where file and settings are. */
  print: string;
}

/** Tokens per prompt, by nearest rank. */
export interface Lengths {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface SessionFigures {
  sessions: number;
  turnsP50: number;
  turnsMax: number;
  /** Tokens that a turn adds to the one before; null where no session has two. */
  growthP50: number | null;
  growthP95: number | null;
}

/** A beginning that several prompts share, as far as they go together. */
export interface SharedBeginning {
  /** Index of the one that it goes on from; -1 for none. */
  parent: number;
  fromTokens: number;
  toTokens: number;
  requests: number;
  /** Where it ends, for people. */
  endsAt: string;
}

export interface BreakFigures {
  breaks: number;
  lostTokens: number;
  /** Of all prompt tokens. */
  lostShare: number;
  /** What computing them again takes an engine of a profile; absent where none was named. */
  cost?: BreakCost;
  /** Whether early requests were forgotten before late ones were compared with them. */
  isWindowed: boolean;
  /** The most costly first. */
  byCulprit: CulpritSum[];
  /** The most costly single ones, by number of request. */
  worst: BreakRecord[];
}

export interface BreakCost {
  profile: string;
  lostMs: number;
  /** Breaks of prompts of lengths that the profile was not calibrated on; older reports lack it. */
  beyond?: number;
}

/** All breaks of one culprit in one place. */
export interface CulpritSum {
  culprit: string;
  name: string;
  place: string;
  breaks: number;
  lostTokens: number;
  /** Of all that was lost. */
  share: number;
  /** Time of an engine to compute them again; absent without a profile. */
  lostMs?: number;
  remedy: string;
  /** The first of them. */
  example: BreakRecord;
}

/** One request that lost what an earlier one had computed. */
export interface BreakRecord {
  request: number;
  file: string;
  line: number;
  continues: number;
  continuesLine: number;
  culprit: string;
  /** How it was told. */
  rule: string;
  path: string;
  place: string;
  character: number | null;
  firstToken: number;
  tokens: number;
  lostTokens: number;
  /** Time by which its first token comes later on an idle engine; absent without a profile. */
  lostMs?: number;
  was: string | null;
  is: string | null;
  textWas: string | null;
  textIs: string | null;
  /** All of it in one sentence. */
  sentence: string;
}
