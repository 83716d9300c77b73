import { type Attempt, attempt } from '../base/attempt.ts';
import { pollUntil } from '../base/poll.ts';
import { ControllerClient } from '../net/controller/controller-client.ts';
import type { Dialect } from '../protocol/lmcache.ts';
import { decodeStoredModels, type StoredModel } from '../protocol/lmcache-directory.ts';
import type { Layout } from '../protocol/lmcache.ts';
import { callJson } from '../target/engine-http.ts';
import { rootOf } from '../target/engine-profile.ts';
import { TIMING } from '../target/timing.ts';
import type { TrialOptions } from './trial.ts';

/** A prompt that an engine has just answered, asked of the controller. */
export interface ControllerTrial {
  dialect: Attempt<Dialect>;
  /** Null: not asked, since the dialect or the prompt's tokens are not known. */
  lookup: Attempt<Layout> | null;
  /** What the model is called there; null: not asked. */
  model: string | null;
  /** What a coordinator's directory has, where it did not list the prompt; null: not asked or not told. */
  directory: DirectoryContent | null;
  /** From the engine's answer until the controller listed the prompt; null when it never did. */
  admissionMs: number | null;
}

/** What is filed in a coordinator's directory. */
export interface DirectoryContent {
  keys: number;
  models: readonly StoredModel[];
}

/** Held by somebody, or by a tier that everybody shares. */
function isListed({ holdings, sharedTokens }: Layout): boolean {
  return holdings.length > 0 || sharedTokens !== undefined;
}

const UNASKED = { lookup: null, model: null, directory: null, admissionMs: null };

export async function lookUp(
  tokens: Attempt<readonly number[]> | undefined,
  options: TrialOptions,
): Promise<ControllerTrial> {
  const { targets, profiles, config, clock } = options;
  const named = config?.extension.controller;
  const controller = new ControllerClient({
    baseUrl: targets.controllerUrl!,
    clock,
    dialect: 'auto',
    detectTimeoutMs: targets.timeoutMs,
    connectionsMax: 2,
    tls: targets.access.tls,
    names: { ...named, rootOf: async (name) => rootOf(name, profiles) },
  });
  try {
    const dialect = await attempt(async () => (await controller.detect()).dialect);
    if (dialect.error || !tokens?.value) return { ...UNASKED, dialect };
    const found = await listed(controller, tokens.value, options);
    if (dialect.value !== 'coordinator') {
      return { dialect, ...found, model: targets.model, directory: null };
    }
    const model = named?.model ?? rootOf(targets.model, profiles) ?? targets.model;
    const directory = found.admissionMs === null ? await contentOf(options) : null;
    return { dialect, ...found, model, directory };
  } finally {
    await controller.close();
  }
}

/** Looks up until the prompt is listed, or until the deadline: admission is asynchronous. */
async function listed(
  controller: ControllerClient,
  tokens: readonly number[],
  { targets, clock, signal }: TrialOptions,
): Promise<Pick<ControllerTrial, 'lookup' | 'admissionMs'>> {
  const prompt = {
    tokens: { json: JSON.stringify(tokens), count: tokens.length },
    model: targets.model,
    cacheSalt: '',
  };
  const startMs = clock.nowMs();
  let last: Attempt<Layout> | null = null;
  const found = await pollUntil(
    async () => {
      const { timeoutMs } = targets;
      last = await attempt(() => controller.lookup(prompt, { timeoutMs, signal }));
      return last.error || isListed(last.value) ? last : undefined;
    },
    {
      clock,
      deadlineMs: TIMING.admissionDeadlineMs,
      intervalMs: TIMING.admissionPollMs,
      maxIntervalMs: TIMING.admissionPollMaxMs,
      signal,
    },
  );
  return {
    lookup: found ?? last,
    admissionMs: found?.value ? clock.nowMs() - startMs : null,
  };
}

/** By the oldest keys, which know the deployments. */
async function contentOf({ targets, signal }: TrialOptions): Promise<DirectoryContent | null> {
  const { controllerUrl, timeoutMs } = targets;
  const url = `${controllerUrl}/directory/keys?limit=500`;
  const { value } = await attempt(() => callJson({ url, timeoutMs, signal }));
  const content = decodeStoredModels(value);
  return content ? { keys: content.total, models: content.models } : null;
}
