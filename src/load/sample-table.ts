import { CountColumn, Float64Column, TextColumn } from './columns.ts';
import type { FailureClass, Phase, Sample } from './sample.ts';

/** Servers may put an id into every message; the sample file keeps them all. */
const PROBLEMS_MAX = 1_000;

/**
 * The samples of a run in columns: 25 to 60 bytes each, so that a million of them fit beside the
 * program. Rows are built on demand.
 */
export class SampleTable {
  readonly #marks = {
    intended: new Float64Column(),
    sent: new Float64Column(),
    firstToken: new Float64Column(),
    lastToken: new Float64Column(),
    end: new Float64Column(),
  };
  readonly #itls = new Float64Column();
  readonly #itlEnd = new CountColumn();
  readonly #counts = {
    id: new CountColumn(),
    block: new CountColumn(),
    promptTokens: new CountColumn(),
    outputTokens: new CountColumn(),
    cachedTokens: new CountColumn(),
    predictedTokens: new CountColumn(),
    status: new CountColumn(),
    requestBytes: new CountColumn(),
    answerBytes: new CountColumn(),
  };
  readonly #texts = {
    phase: new TextColumn(),
    arm: new TextColumn(),
    group: new TextColumn(),
    servedBy: new TextColumn(),
    servedBySource: new TextColumn(),
    headerServedBy: new TextColumn(),
    reason: new TextColumn(),
    finishReason: new TextColumn(),
    failure: new TextColumn(),
    problem: new TextColumn(PROBLEMS_MAX),
  };

  get length(): number {
    return this.#marks.end.length;
  }

  push(sample: Sample): void {
    this.#marks.intended.push(sample.intendedMs);
    this.#marks.sent.push(sample.sentMs);
    this.#marks.firstToken.push(sample.firstTokenMs ?? UNKNOWN_MARK);
    this.#marks.lastToken.push(sample.lastTokenMs ?? UNKNOWN_MARK);
    this.#marks.end.push(sample.endMs);
    for (const itlMs of sample.itlsMs) this.#itls.push(itlMs);
    this.#itlEnd.push(this.#itls.length);
    this.#pushCounts(sample);
    this.#texts.phase.push(sample.phase);
    this.#texts.arm.push(sample.arm);
    this.#texts.group.push(sample.group);
    this.#texts.servedBy.push(sample.servedBy);
    this.#texts.servedBySource.push(sample.servedBySource);
    this.#texts.headerServedBy.push(sample.headerServedBy);
    this.#texts.reason.push(sample.reason);
    this.#texts.finishReason.push(sample.finishReason);
    this.#texts.failure.push(sample.failure);
    this.#texts.problem.push(sample.problem);
  }

  #pushCounts(sample: Sample): void {
    this.#counts.id.push(sample.id);
    this.#counts.block.push(sample.block);
    this.#counts.promptTokens.push(sample.promptTokens);
    this.#counts.outputTokens.push(sample.outputTokens);
    this.#counts.cachedTokens.push(sample.cachedTokens);
    this.#counts.predictedTokens.push(sample.predictedTokens);
    this.#counts.status.push(sample.status);
    this.#counts.requestBytes.push(sample.requestBytes);
    this.#counts.answerBytes.push(sample.answerBytes);
  }

  /** @throws RangeError outside 0..length−1 */
  at(index: number): Sample {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`No sample ${index}.`);
    return {
      id: this.#counts.id.at(index)!,
      phase: this.#texts.phase.at(index) as Phase,
      arm: this.#texts.arm.at(index)!,
      block: this.#counts.block.at(index)!,
      group: this.#texts.group.at(index)!,
      intendedMs: this.#marks.intended.at(index),
      sentMs: this.#marks.sent.at(index),
      firstTokenMs: known(this.#marks.firstToken.at(index)),
      lastTokenMs: known(this.#marks.lastToken.at(index)),
      endMs: this.#marks.end.at(index),
      itlsMs: Array.from(this.#itls.copy(this.#itlStart(index), this.#itlEnd.at(index))),
      ...this.#answerAt(index),
    };
  }

  #answerAt(index: number) {
    return {
      promptTokens: this.#counts.promptTokens.at(index),
      outputTokens: this.#counts.outputTokens.at(index),
      cachedTokens: this.#counts.cachedTokens.at(index),
      servedBy: this.#texts.servedBy.at(index),
      servedBySource: this.#texts.servedBySource.at(index),
      headerServedBy: this.#texts.headerServedBy.at(index),
      reason: this.#texts.reason.at(index),
      predictedTokens: this.#counts.predictedTokens.at(index),
      status: this.#counts.status.at(index),
      finishReason: this.#texts.finishReason.at(index),
      failure: this.#texts.failure.at(index) as FailureClass | undefined,
      problem: this.#texts.problem.at(index),
      requestBytes: this.#counts.requestBytes.at(index)!,
      answerBytes: this.#counts.answerBytes.at(index)!,
    };
  }

  #itlStart(index: number): number {
    return index === 0 ? 0 : this.#itlEnd.at(index - 1)!;
  }

  *[Symbol.iterator](): Generator<Sample> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}

/** No output comes before the run starts. */
const UNKNOWN_MARK = -1;

function known(mark: number): number | undefined {
  return mark === UNKNOWN_MARK ? undefined : mark;
}
