import { printable, printableJson } from '../../base/printable.ts';
import { refusalOf } from '../../base/refusal.ts';
import type { CliContext } from '../shell/context.ts';
import { cliError } from '../shell/errors.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line for people, or for machines, to stderr. */
export type GatewayLog = (level: LogLevel, message: string) => void;

export interface LogFlags {
  logLevel: string;
  logFormat: string;
}

/**
 * The log as flags ask for it. Pixiu's other level names mean their nearest of ours.
 * @throws KvcacheError LOG_LEVEL_INVALID, LOG_FORMAT_INVALID (kind usage)
 */
export function gatewayLog(flags: LogFlags, context: CliContext): GatewayLog {
  const least = LOG_LEVELS.indexOf(readLevel(flags.logLevel));
  const isJson = readFormat(flags.logFormat) === 'json';
  const { stderr, clock } = context;
  const lineOf = (level: LogLevel, message: string): string => {
    const time = new Date(clock.wallMs()).toISOString();
    if (isJson) return `${printableJson({ time, level, message })}\n`;
    return `${time} ${level} ${printable(message)}\n`;
  };
  let toldCount = 0;
  return (level, message) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const { lostCount = 0, loss } = stderr;
    const why = refusalOf(loss)?.text ?? 'the log cannot be written';
    const count = lostCount - toldCount;
    const told = count > 0 ? lineOf('warn', `${count} log lines were lost: ${why}`) : '';
    stderr.write(told + lineOf(level, message));
    // Lost again: the next line that can be written tells of both.
    if (stderr.lostCount === lostCount) toldCount = lostCount;
  };
}

const SYNONYMS: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  warning: 'warn',
  dpanic: 'error',
  panic: 'error',
  fatal: 'error',
};

function readLevel(text: string): LogLevel {
  const lower = text.toLowerCase();
  const level = SYNONYMS[lower] ?? LOG_LEVELS.find((it) => it === lower);
  if (level) return level;
  throw cliError('LOG_LEVEL_INVALID', {
    message: `There is no log level "${text}".`,
    remedy: `Use one of ${LOG_LEVELS.join(', ')}.`,
  });
}

function readFormat(text: string): 'text' | 'json' {
  const lower = text.toLowerCase();
  if (lower === 'json') return 'json';
  // What zap, Pixiu's logger, calls its line format.
  if (lower === 'text' || lower === 'console' || lower === '') return 'text';
  throw cliError('LOG_FORMAT_INVALID', { message: `There is no log format "${text}".` });
}
