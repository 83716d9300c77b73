/** Every wait of preflight and verification, in one table. */
export const TIMING = {
  /** One probe call, unless the user says otherwise. */
  probeTimeoutMs: 5_000,
  /** A cold engine may take its time over the first long prompt. */
  firstAnswerMs: 30_000,
  /** From an engine's answer until the controller must list the prompt; admission is asynchronous. */
  admissionDeadlineMs: 5_000,
  /** When it did not the first time. */
  secondChanceMs: 500,
  /** First pause between two lookups; doubles up to the maximum. */
  admissionPollMs: 5,
  admissionPollMaxMs: 250,
  /** Counters must have caught up with our own requests within this after a block. */
  settleDeadlineMs: 3_000,
  settlePollMs: 20,
  /** Waited for at least, once it is known how long they lag. */
  settleFloorMs: 250,
  /** Whoever follows the engines' events has heard of a prompt by then. */
  indexSettleMs: 400,
  /** Clocks further apart than this upset heartbeats and registration times. */
  clockSkewMs: 2_000,
} as const;
