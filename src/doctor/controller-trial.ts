import { type Attempt, attempt } from '../base/attempt.ts';
import { pollUntil } from '../base/poll.ts';
import { ControllerClient } from '../net/controller/controller-client.ts';
import type { Dialect } from '../net/controller/driver.ts';
import type { Layout } from '../protocol/lmcache.ts';
import { rootOf } from '../target/engine-profile.ts';
import { TIMING } from '../target/timing.ts';
import type { TrialOptions } from './trial.ts';

/** A prompt that an engine has just answered, asked of the controller. */
export interface ControllerTrial {
  dialect: Attempt<Dialect>;
  /** Null: not asked, since the dialect or the prompt's tokens are not known. */
  lookup: Attempt<Layout> | null;
  /** From the engine's answer until the controller listed the prompt; null when it never did. */
  admissionMs: number | null;
}

export async function lookUp(
  tokens: Attempt<readonly number[]> | undefined,
  { targets, profiles, clock, signal }: TrialOptions,
): Promise<ControllerTrial> {
  const controller = new ControllerClient({
    baseUrl: targets.controllerUrl!,
    clock,
    dialect: 'auto',
    detectTimeoutMs: targets.timeoutMs,
    connectionsMax: 2,
  });
  try {
    const dialect = await attempt(async () => (await controller.detect()).dialect);
    if (dialect.error || !tokens?.value) return { dialect, lookup: null, admissionMs: null };
    const root = dialect.value === 'coordinator' ? rootOf(targets.model, profiles) : null;
    const prompt = {
      tokens: { json: JSON.stringify(tokens.value), count: tokens.value.length },
      model: root ?? targets.model,
      cacheSalt: '',
    };
    const startMs = clock.nowMs();
    let last: Attempt<Layout> | null = null;
    const found = await pollUntil(
      async () => {
        last = await attempt(() =>
          controller.lookup(prompt, { timeoutMs: targets.timeoutMs, signal }),
        );
        return last.error || last.value.holdings.length > 0 ? last : undefined;
      },
      {
        clock,
        deadlineMs: TIMING.admissionDeadlineMs,
        intervalMs: TIMING.admissionPollMs,
        maxIntervalMs: TIMING.admissionPollMaxMs,
        signal,
      },
    );
    const admissionMs = found?.value ? clock.nowMs() - startMs : null;
    return { dialect, lookup: found ?? last, admissionMs };
  } finally {
    await controller.close();
  }
}
