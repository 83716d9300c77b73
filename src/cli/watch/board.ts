import { formatDuration } from '../../base/duration.ts';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../base/outcome.ts';
import { printableJson } from '../../base/printable.ts';
import { closeGracefully, listen } from '../../net/listen.ts';
import { outcomeWord } from '../../report/paint.ts';
import { writeBaseline } from '../../watch/baseline-file.ts';
import { writeHistory } from '../../watch/history-file.ts';
import { eventDocument } from '../../watch/event-document.ts';
import { figuresOf } from '../../watch/figures.ts';
import { type WatchCounts, watchMetrics } from '../../watch/metrics.ts';
import { createWatchServer } from '../../watch/server.ts';
import type { Watcher, WatchEvent } from '../../watch/watcher.ts';
import type { FleetProbe } from '../../watch/probe/fleet-probe.ts';
import { Webhook } from '../../watch/webhook.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { Voice } from '../shell/voice.ts';
import type { WatchFlags } from './flags.ts';
import { LiveBoard } from './live-board.ts';
import type { WatchSettings } from './settings.ts';
import { alertSentence, eventLines, figureLines, learningText, sentText } from './text.ts';

const BASELINE_EVERY_MS = 3_600_000;
const GRACE_MS = 1_000;

type Server = ReturnType<typeof createWatchServer>;

/** Where what is seen goes. */
export class Board {
  readonly counts: WatchCounts = { readings: 0, eventsRaised: 0, lastReadingS: null };
  readonly #flags: WatchFlags;
  readonly #context: CliContext;
  readonly #settings: WatchSettings;
  readonly #watcher: Watcher;
  readonly #probe: FleetProbe | undefined;
  readonly #voice: Voice;
  readonly #webhook: Webhook | undefined;
  #live: LiveBoard | undefined;
  #wasLearning: boolean;

  constructor(
    flags: WatchFlags,
    context: CliContext,
    seen: { settings: WatchSettings; watcher: Watcher; probe: FleetProbe | undefined },
  ) {
    this.#flags = flags;
    this.#context = context;
    const { settings, watcher, probe } = seen;
    this.#settings = settings;
    this.#watcher = watcher;
    this.#probe = probe;
    this.#voice = new Voice(flags, context, flags.json ? context.stderr : context.stdout);
    const { webhookUrl } = settings;
    this.#webhook =
      webhookUrl === undefined ? undefined : new Webhook(webhookUrl, (it) => this.warn(it));
    if (flags.verbose) {
      const lines = settings.sources.map((it) => `${it.name} = ${it.value} (${it.source})`);
      this.#voice.insist(...lines);
    }
    const ids = settings.targets.engines.map(({ id }) => id).join(', ');
    this.#voice.say(
      `watching ${ids}: read every ${formatDuration(settings.intervalMs)}, ${sentText(settings)}`,
    );
    if (watcher.isLearning) this.#voice.say(learningText(settings));
    this.#wasLearning = watcher.isLearning;
  }

  tell(event: WatchEvent): void {
    const { json } = this.#flags;
    const document = eventDocument(event, this.#context.clock.wallMs());
    if (json) this.#context.stdout.write(`${JSON.stringify(document)}\n`);
    else if (this.#live) this.#live.tell(document);
    else this.#voice.insist(...eventLines(document, this.#voice.paint));
    this.#webhook?.send(document);
  }

  /** Metrics, health and the page; undefined when nobody asked for them. */
  async serve(): Promise<Server | undefined> {
    const { listenAt } = this.#settings;
    if (!listenAt) return undefined;
    const server = createWatchServer({
      metrics: () => watchMetrics(this.#watcher, this.counts, this.#probe?.counts),
      state: () => this.#state(),
      isReady: () => this.counts.readings > 0,
    });
    const { url } = await listen(server, listenAt, 'watch');
    const ready = {
      ready: true,
      role: 'watch',
      id: 'watch',
      url,
      metricsUrl: `${url}/metrics`,
      adminUrl: null,
      pid: process.pid,
    };
    if (this.#flags.json) this.#context.stdout.write(`${JSON.stringify(ready)}\n`);
    else this.#voice.say(`page ${url}/, metrics ${url}/metrics`);
    return server;
  }

  /** Draws, where there is a terminal to draw on. */
  async goLive(): Promise<void> {
    const seen = { watcher: this.#watcher, counts: this.counts, voice: this.#voice };
    this.#live = await LiveBoard.start(this.#flags, this.#context, seen);
  }

  /** After each reading. */
  look(): void {
    this.#live?.look();
    const { isLearning } = this.#watcher;
    if (isLearning === this.#wasLearning) return;
    this.#wasLearning = isLearning;
    // Yesterday may have a gap at any time of the day.
    if (this.#settings.isByDay) {
      this.warn(isLearning ? learningText(this.#settings) : 'compared with yesterday from now on');
    }
  }

  /** Every hour. The function that is returned ends that. */
  saveNowAndThen(): () => void {
    const timer = setInterval(() => void this.save(), BASELINE_EVERY_MS);
    return () => clearInterval(timer);
  }

  async close(server: Server | undefined): Promise<void> {
    this.#live?.stop();
    await Promise.all([
      this.save(),
      this.#webhook?.settled(),
      server && closeGracefully(server, GRACE_MS),
    ]);
  }

  verdict(): ExitCode {
    const { active, isLearning } = this.#watcher;
    const judged = active.filter(({ row }) => row.severity !== 'info');
    const outcome: Outcome = judged.length > 0 ? 'fail' : isLearning ? 'inconclusive' : 'pass';
    const exitCode = exitCodeOfOutcome(outcome);
    if (this.#flags.json) {
      const document = {
        schema: 'kvcache.watch/v1',
        outcome,
        exitCode,
        checks: [],
        ...this.#state(),
      };
      this.#context.stdout.write(`${printableJson(document)}\n`);
      return exitCode;
    }
    this.#voice.say(...figureLines(figuresOf(this.#watcher.window), this.#voice.width));
    const sentence = judged.length > 0 ? alertSentence(judged) : (SENTENCES[outcome] ?? '');
    this.#voice.insist(`${outcomeWord(outcome, this.#voice.paint)} ${sentence}`);
    return exitCode;
  }

  #state() {
    const { lastReadingS } = this.counts;
    return {
      lastReading: lastReadingS === null ? null : new Date(1_000 * lastReadingS).toISOString(),
      learning: this.#watcher.isLearning,
      figures: figuresOf(this.#watcher.window),
      probe: this.#probe?.counts ?? null,
      alerts: this.#watcher.active.map(({ row, subject, evidence }) => ({
        alert: row.id,
        severity: row.severity,
        engine: subject === '' ? null : subject,
        sentence: row.sentence(subject),
        evidence,
        causes: row.causes,
        remedy: row.remedy,
      })),
    };
  }

  /** Writes baseline and history, where they are kept. */
  async save(): Promise<void> {
    const { baselinePath, historyPath, windowMs } = this.#settings;
    const { baseline, history } = this.#watcher;
    if (baselinePath !== undefined) {
      await this.#saved('baseline', writeBaseline(baselinePath, { windowMs, baseline }));
    }
    if (historyPath !== undefined) {
      await this.#saved('history', writeHistory(historyPath, { windowMs, history }));
    }
  }

  async #saved(name: string, written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      if (error instanceof KvcacheError) throw error;
      this.warn(`the ${name} is not written: ${messageOf(error)}`);
    }
  }

  warn(problem: string): void {
    if (this.#live) this.#live.warn(`kvcache: ${problem}`);
    else this.#context.stderr.write(`kvcache: ${problem}\n`);
  }
}

const SENTENCES: Partial<Record<Outcome, string>> = {
  pass: 'No alert holds.',
  inconclusive: 'Too little was seen to know what is usual.',
};
