const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go counts nanoseconds in 63 bits: 292 years. */
const MAX_MS = 2 ** 63 / 1e6;

const TERM = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Milliseconds of a duration written as Go's `time.ParseDuration` accepts it: `80ms`, `1h30m`,
 * `-1.5s`, `0`. Returns undefined for anything else, a bare number without unit included.
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0;
  let totalMs = 0;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < body.length) {
    const term = TERM.exec(body);
    if (!term) return undefined;
    totalMs += Number(term[1]) * UNIT_MS[term[2]!]!;
  }
  return body === '' || totalMs > MAX_MS ? undefined : sign * totalMs;
}

/** A duration for people: `850 µs`, `12.3 ms`, `4.56 s`, `3 m 20 s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 0.9995) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 999.5) return `${trim(ms)} ms`;
  if (ms < 119_500) return `${trim(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3_600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return hours > 0 ? `${hours} h ${minutes} m` : `${minutes} m ${rest} s`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
