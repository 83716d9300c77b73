/** What a router really did with one request. */
export interface Routed {
  /** What was being measured then, as the caller of the rig set it. */
  label: string;
  /** Index of the engine that was chosen. */
  engine: number;
  why: string;
  promptTokens: number;
  /** By engine: leading tokens of the prompt it really held when the request came. */
  held: readonly number[];
  /** Value of `x-kvcache-policy`, if the request had one. */
  asked: string | undefined;
  /** Who answered: the engine, or the router without asking one. */
  answeredBy: 'engine' | 'router';
}

/** A prompt counts as held from this share of its tokens on: more than templates and system prompts share. */
const HELD_SHARE = 0.5;

/** Everything that went through a router, and what it amounts to. */
export class TruthLog {
  readonly all: Routed[] = [];
  /** Put on what is routed from now on. */
  label = '';

  add(routed: Omit<Routed, 'label'>): Routed {
    const labelled = { ...routed, label: this.label };
    this.all.push(labelled);
    return labelled;
  }

  /** Requests whose prompt some engine held; of those, the ones that went to such an engine. */
  reuse(isWanted: (routed: Routed) => boolean = () => true): Share {
    const chances = this.all.filter((it) => isWanted(it) && it.held.some((_, e) => isHeld(it, e)));
    return { hits: chances.filter((it) => isHeld(it, it.engine)).length, total: chances.length };
  }

  /** By engine: requests it was chosen for. */
  shares(engines: number): number[] {
    return Array.from(
      { length: engines },
      (_, engine) => this.all.filter((it) => it.engine === engine).length / this.all.length,
    );
  }
}

export interface Share {
  hits: number;
  total: number;
}

/** Whether this engine held most of the prompt. */
export function isHeld(
  { held, promptTokens }: Pick<Routed, 'held' | 'promptTokens'>,
  engine: number,
): boolean {
  return held[engine]! >= HELD_SHARE * promptTokens;
}
