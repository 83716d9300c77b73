import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { originOf } from '../base/origin.ts';
import { readTextFile } from '../base/text-file.ts';
import { splitCommand } from './argv.ts';
import { stackError } from './errors.ts';
import type { GatewayProgram } from './gateway-program.ts';

/** What the placeholders of a gateway's command stand for. */
export interface CommandPlaces {
  listenPort: number;
  metricPort: number;
  engines: readonly { id: string; url: string }[];
  controllerUrl: string;
  model: string;
}

interface CommandSetting {
  cwd: string;
  /** Rendered files go there. */
  workDir: string;
}

/** What compiles or loads a model first may take its time. */
const START_DEADLINE_MS = 60_000;

/** One word `{engines…}` becomes a word per engine. */
const EACH = /^\{(engines|addresses)(?:\.\.\.|…)\}$/;
const FILE = /\{file:([^}]+)\}/g;
const NAME = /\{([a-z][a-z0-9-]*)\}/g;

/**
 * A gateway that its user starts by a command of their own: placeholders filled in, no shell involved.
 * @throws KvcacheError GATEWAY_COMMAND_INVALID (kind usage), and as `readTextFile`
 */
export async function commandProgram(
  command: string,
  places: CommandPlaces,
  { cwd, workDir }: CommandSetting,
): Promise<GatewayProgram> {
  if (!command.includes('{port}') && !command.includes('{file:')) {
    const message = 'Nothing in it says where the gateway is to listen.';
    throw stackError('GATEWAY_COMMAND_INVALID', { message });
  }
  const values = valuesOf(places);
  const words: string[] = [];
  for (const word of splitCommand(command)) {
    const [match] = word.matchAll(FILE);
    if (match) {
      const path = await rendered(match[1]!, values, { cwd, workDir });
      words.push(word.replace(match[0], path));
    } else words.push(...wordsOf(word, values, places));
  }
  const [file, ...args] = words;
  return {
    title: `gateway ${basename(file!)}`,
    program: { kind: 'foreign', file: file!, args },
    cwd,
    env: {},
    startDeadlineMs: START_DEADLINE_MS,
    printsReadyLine: false,
  };
}

type Values = ReadonlyMap<string, string>;

function valuesOf({
  listenPort,
  metricPort,
  engines,
  controllerUrl,
  model,
}: CommandPlaces): Values {
  const urls = engines.map(({ url }) => url);
  const addresses = urls.map((url) => originOf(url).address);
  const numbered = engines.flatMap(({ id, url }, index) => [
    [`engine-${index + 1}`, url],
    [`address-${index + 1}`, addresses[index]!],
    [`id-${index + 1}`, id],
  ]);
  return new Map<string, string>([
    ['port', String(listenPort)],
    ['metrics-port', String(metricPort)],
    ['engines', urls.join(',')],
    ['addresses', addresses.join(',')],
    ['controller', controllerUrl],
    ['model', model],
    ...(numbered as [string, string][]),
  ]);
}

function wordsOf(word: string, values: Values, { engines }: CommandPlaces): string[] {
  const each = EACH.exec(word)?.[1];
  if (each !== undefined) {
    return engines.map(({ url }) => (each === 'engines' ? url : originOf(url).address));
  }
  const filled = word.replaceAll(NAME, (whole, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const known = [...values.keys()].map((it) => `{${it}}`).join(' ');
    throw stackError('GATEWAY_COMMAND_INVALID', {
      message: `It knows no ${whole}.`,
      details: [`Known: ${known} {engines...} {addresses...} {file:PATH}`],
    });
  });
  return [filled];
}

/** Braces that are no placeholder are the file's own. */
async function rendered(
  file: string,
  values: Values,
  { cwd, workDir }: CommandSetting,
): Promise<string> {
  const text = readTextFile(resolve(cwd, file), { shown: file });
  const path = join(workDir, `gateway-${basename(file).replace(/\.tmpl$/, '')}`);
  const filled = text.replaceAll(NAME, (whole, name: string) => values.get(name) ?? whole);
  await writeFile(path, filled, { mode: 0o600 });
  return path;
}
