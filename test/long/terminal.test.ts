import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { createRandom } from '../../src/base/random.ts';
import {
  type AnsweringEngine,
  answeringEngine,
  ESCAPE,
  hasScript,
  KVCACHE,
  onTerminal,
  readText,
} from '../helpers/terminal.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 50);
const SEED = Number(process.env['SEED'] ?? 1);

const folder = mkdtempSync(join(tmpdir(), 'kvcache-terminal-'));
let engine: AnsweringEngine;

beforeAll(async () => {
  engine = await answeringEngine();
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  /** Everything the terminal was sent. */
  screen: string;
  sttyBefore: string;
  sttyAfter: string;
  exitCode: number;
}

interface Victim {
  /** What runs; `file` names files of its own. */
  command: (file: (name: string) => string) => string;
  /** From when on it may be killed. */
  isUnderWay: (file: (name: string) => string) => boolean;
}

const VICTIMS: Record<string, Victim> = {
  load: {
    command: (file) =>
      `load --url ${engine.url} --model m --no-stream --rate 200 --duration 60s --warmup 0 --samples ${file('ndjson')}`,
    isUnderWay: (file) =>
      existsSync(file('ndjson')) && readText(file('ndjson')).split('\n').length > 2,
  },
  run: {
    command: () => 'run stateful',
    isUnderWay: (file) =>
      existsSync(file('screen')) && readText(file('screen')).includes('kvcache run stateful'),
  },
};

/** Runs a command on a terminal, ends it `delayMs` after it got under way, returns what is left. */
async function killed(
  { name, round, signal, delayMs }: Round,
  { command, isUnderWay }: Victim,
): Promise<Ended> {
  const file = (kind: string): string => join(folder, `${name}-${round}.${kind}`);
  // A shell without job control starts background jobs deaf to SIGINT; ours listens all the same.
  const line = `stty -g > ${file('before')}
${KVCACHE} ${command(file)} &
echo $! > ${file('pid')}
wait $!
echo $? > ${file('code')}
stty -g > ${file('after')}`;
  const options = { clock: systemClock, deadlineMs: 30_000, intervalMs: 20 };
  const ended = onTerminal(line, { columns: 100, rows: 30, record: file('screen') });
  const isReady = (): true | undefined => isUnderWay(file) || undefined;
  expect(await pollUntil(() => Promise.resolve(isReady()), options)).toBe(true);
  const startMs = systemClock.nowMs();
  const isTime = (): true | undefined => systemClock.nowMs() - startMs >= delayMs || undefined;
  await pollUntil(() => Promise.resolve(isTime()), { ...options, intervalMs: 5 });
  process.kill(Number(readText(file('pid'))), signal);
  const { stdout } = await ended;
  return {
    screen: stdout,
    sttyBefore: readText(file('before')),
    sttyAfter: readText(file('after')),
    exitCode: Number(readText(file('code'))),
  };
}

const CODES: Record<string, number> = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 };

interface Round {
  name: keyof typeof VICTIMS;
  round: number;
  signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL';
  delayMs: number;
}

describe.skipIf(!hasScript)('a command killed at a random moment', () => {
  const random = createRandom(SEED);
  const rounds = Array.from({ length: ROUNDS }, (_, round): Round => {
    const name = round % 2 === 0 ? 'load' : 'run';
    const signal = (['SIGINT', 'SIGTERM', 'SIGKILL'] as const)[round % 3]!;
    // A scenario is over soon.
    return {
      name,
      round,
      signal,
      delayMs: Math.round(random.next() * (name === 'run' ? 600 : 1_500)),
    };
  });

  it.each(rounds)('$round: $name, $signal after $delayMs ms', async (round) => {
    const { screen, sttyBefore, sttyAfter, exitCode } = await killed(round, VICTIMS[round.name]!);
    expect(exitCode).toBe(CODES[round.signal]);
    expect(sttyAfter).toBe(sttyBefore);
    expect(screen).toContain(`kvcache ${round.name}`);
    expect(screen).not.toContain(`${ESCAPE}[?25l`);
    if (round.name === 'load') {
      if (round.signal !== 'SIGKILL') expect(screen).toMatch(/partial/i);
      const samples = readText(join(folder, `load-${round.round}.ndjson`)).split('\n');
      expect(samples.length).toBeGreaterThan(2);
    } else if (round.signal !== 'SIGKILL') {
      expect(screen).toMatch(/\[(INTERRUPTED|TERMINATED)\]/);
    }
  });
});
