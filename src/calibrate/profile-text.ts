import type { EngineProfile, ProfileCalibration } from '../../mocks/profiles/profile.ts';
import { formatRange } from '../base/figures.ts';
import type { FittedTerm } from './fit/judge-terms.ts';
import { TERMS } from './terms.ts';

/** What a profile file says besides what the base profile has. */
export interface ProfileFile {
  profile: EngineProfile;
  terms: readonly FittedTerm[];
  calibration: ProfileCalibration;
}

/**
 * The YAML that `mock up --profile` and `simulate --profile` take: changes of the base profile, what each was
 * fitted to, and beside each how far it is known.
 */
export function profileText({ profile, terms, calibration }: ProfileFile): string {
  const { name, timing, jitter, tier, kvBytesPerToken, blockSize, blocks, maxModelLen } = profile;
  const isTierKnown = terms.some(
    ({ name: term, status }) => term.startsWith('tier') && status !== 'unknown',
  );
  const body = {
    base: calibration.base,
    name,
    timing,
    jitter,
    blockSize,
    blocks,
    maxModelLen,
    ...(isTierKnown &&
      tier && {
        kvBytesPerToken,
        tier: { bytesPerMs: tier.bytesPerMs, loadFixedMs: tier.loadFixedMs },
      }),
    calibration,
  };
  const notes = new Map(terms.map((it) => [`timing.${it.name}`, noteOf(it)]));
  return `${linesOf(body, '', notes).join('\n')}\n`;
}

function linesOf(value: object, path: string, notes: ReadonlyMap<string, string>): string[] {
  const indent = '  '.repeat(path === '' ? 0 : path.split('.').length);
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (member === undefined) return [];
    if (typeof member === 'object' && member !== null) {
      const lines = linesOf(member, at, notes);
      return lines.length === 0 ? [`${indent}${key}: {}`] : [`${indent}${key}:`, ...lines];
    }
    const note = notes.get(at);
    return [`${indent}${key}: ${scalarOf(member)}${note === undefined ? '' : ` # ${note}`}`];
  });
}

/** JSON's scalars are YAML's, but for the endless. */
function scalarOf(value: unknown): string {
  if (value === Infinity) return '.inf';
  return typeof value === 'number' ? String(digitsOf(value)) : JSON.stringify(value);
}

/** No interval is so narrow that more would mean something. */
function digitsOf(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}

function noteOf({ name, status, interval, given }: FittedTerm): string {
  if (interval === null) return 'not known; the base profile’s';
  const { unit } = TERMS.find((it) => it.name === name)!;
  const [low, high] = [interval.low, interval.high].map((it) => String(Number(it.toPrecision(3))));
  const range = `${formatRange(low!, high!, ' to ')} ${unit}`;
  return given.length > 0
    ? `${range}, given the base profile’s ${given.join(', ')}`
    : `${status}, ${range}`;
}
