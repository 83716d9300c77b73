import { printableLines } from '../../base/printable.ts';
import type { LiveView, Pace } from '../../ui/live.tsx';
import { canBeLive } from '../../ui/progress.ts';
import type { WatchView } from '../../ui/watch-panels.tsx';
import type { Bucket } from '../../watch/bucket.ts';
import type { EventDocument } from '../../watch/event-document.ts';
import { figuresOf } from '../../watch/figures.ts';
import type { WatchCounts } from '../../watch/metrics.ts';
import type { Watcher } from '../../watch/watcher.ts';
import type { CliContext } from '../shell/context.ts';
import type { Voice } from '../shell/voice.ts';
import type { WatchFlags } from './flags.ts';
import { eventLines } from './text.ts';

/** Once a second is often enough for ages in seconds. */
const PACE: Pace = { frameMsMin: 1_000, costShareMax: 0.02 };
const EVENTS_KEPT = 100;
const HIT_RATES_KEPT = 500;
const WARNINGS_MAX = 1_000;

interface Seen {
  watcher: Watcher;
  counts: WatchCounts;
  voice: Voice;
}

/** What a watch shows on a terminal while it goes on; its events stay there when it ends. */
export class LiveBoard {
  readonly #seen: Seen;
  readonly #context: CliContext;
  readonly #events: EventDocument[] = [];
  readonly #hitRates: number[] = [];
  readonly #warnings: string[] = [];
  #bucket: Bucket | undefined;
  #live: LiveView | undefined;

  /** Undefined where nothing can be drawn, or nobody looks. */
  static async start(
    flags: WatchFlags,
    context: CliContext,
    seen: Seen,
  ): Promise<LiveBoard | undefined> {
    const isMachine = flags.json === true || flags.once === true || context.stdout.isTTY !== true;
    if (flags.quiet || !canBeLive(context, { isMachine })) return undefined;
    const board = new LiveBoard(context, seen);
    await board.#mount();
    return board;
  }

  private constructor(context: CliContext, seen: Seen) {
    this.#context = context;
    this.#seen = seen;
  }

  tell(event: EventDocument): void {
    this.#events.push(event);
    if (this.#events.length > EVENTS_KEPT) this.#events.shift();
  }

  /** Stands above what is drawn. What would fill the memory in weeks is left out. */
  warn(line: string): void {
    if (this.#warnings.length < WARNINGS_MAX) this.#warnings.push(printableLines(line));
  }

  /** After each reading. */
  look(): void {
    const last = this.#seen.watcher.window.at(-1);
    if (last === undefined || last === this.#bucket) return;
    this.#bucket = last;
    const { hitRate } = figuresOf([last]);
    if (hitRate !== null) this.#hitRates.push(hitRate);
    if (this.#hitRates.length > HIT_RATES_KEPT) this.#hitRates.shift();
  }

  stop(): void {
    this.#live?.stop();
    const { voice } = this.#seen;
    for (const event of this.#events) voice.insist(...eventLines(event, voice.paint));
  }

  async #mount(): Promise<void> {
    const [{ mountLive }, { WatchPanels }] = await Promise.all([
      import('../../ui/live.tsx'),
      import('../../ui/watch-panels.tsx'),
    ]);
    const { stderr, clock } = this.#context;
    const { paint } = this.#seen.voice;
    this.#live = mountLive({
      terminal: stderr,
      pace: PACE,
      clock,
      above: () => this.#warnings,
      panels: (size) => WatchPanels({ view: this.#view(), paint, ...size }),
    });
  }

  #view(): WatchView {
    const { watcher, counts, voice } = this.#seen;
    const { lastReadingS } = counts;
    return {
      figures: figuresOf(watcher.window),
      hitRates: this.#hitRates,
      isLearning: watcher.isLearning,
      ageMs: lastReadingS === null ? null : this.#context.clock.wallMs() - 1_000 * lastReadingS,
      alerts: watcher.active.map(({ row, subject, evidence }) => ({
        id: row.id,
        subject,
        isInfo: row.severity === 'info',
        evidence,
      })),
      events: this.#events.map((event) => eventLines(event, voice.paint)[0]!),
    };
  }
}
