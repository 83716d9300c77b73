import { isZmqAddress } from '../../config/kv-event-address.ts';
import { loadZeromq } from '../../net/kv-events/load-zeromq.ts';
import { readBaseline } from '../../watch/baseline-file.ts';
import { readHistory } from '../../watch/history-file.ts';
import { BUCKETS_PER_WINDOW } from '../../watch/tracker.ts';
import { watch as watchFleet } from '../../watch/watch.ts';
import { Watcher } from '../../watch/watcher.ts';
import { AUTO_MODEL } from '../../target/flags.ts';
import { servedModels } from '../../target/models.ts';
import { FleetProbe } from '../../watch/probe/fleet-probe.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { Board } from './board.ts';
import type { WatchCall } from './flags.ts';
import { TargetFile } from './target-file.ts';
import { type WatchSettings, watchSettings } from './settings.ts';

/** `kvcache watch`: reads until told to stop, or one window with `--once`. */
export async function watch({ flags, again }: WatchCall, context: CliContext): Promise<ExitCode> {
  const settings = watchSettings(flags, context);
  const { isOnce } = settings;
  if (settings.targets.kvEvents.some(({ url }) => isZmqAddress(url))) await loadZeromq();
  const watcher = watcherOf(settings, context);
  const probe = probeOf(settings, context);
  const board = new Board(flags, context, { settings, watcher, probe });
  const server = await board.serve();
  await board.goLive();
  const saved = board.saveNowAndThen();
  const file = new TargetFile({ settings, again, context, say: (line) => board.warn(line) });
  const followed = file.follow();
  context.onHangup(() => {
    void board.save();
    file.reread();
  });
  try {
    await watchFleet({
      ...settings,
      ...context,
      watcher,
      probe,
      targets: () => file.targets,
      counts: board.counts,
      onEvent: (event) => board.tell(event),
      onReading: () => board.look(),
      ...(isOnce && { isDone: () => watcher.window.length >= BUCKETS_PER_WINDOW }),
    });
  } catch (error) {
    // Being told to stop is how a watch ends well; a verdict it has only after a whole window.
    if (!context.signal.aborted) throw error;
    if (isOnce) throw error;
  } finally {
    saved();
    followed();
    await board.close(server);
  }
  return isOnce ? board.verdict() : ExitCode.pass;
}

function watcherOf(settings: WatchSettings, { clock }: CliContext): Watcher {
  const { windowMs, baselinePath, historyPath, isByDay } = settings;
  return new Watcher({
    windowMs,
    baseline: baselinePath === undefined ? undefined : readBaseline(baselinePath, windowMs),
    history: historyPath === undefined ? undefined : readHistory(historyPath, windowMs),
    byDayFromMs: isByDay ? clock.wallMs() : undefined,
  });
}

function probeOf({ probe, targets }: WatchSettings, { clock }: CliContext): FleetProbe | undefined {
  if (!probe) return undefined;
  const { plan, gatewayUrl, model } = probe;
  const findModel = async (signal: AbortSignal): Promise<string> =>
    model === AUTO_MODEL ? (await servedModels(gatewayUrl, targets, signal))[0]!.id : model;
  return new FleetProbe({ plan, gatewayUrl, findModel, ...targets, clock, seed: clock.wallMs() });
}
