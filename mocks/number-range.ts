/** Numbers that a flag, a fleet file or a profile may hold. Neither NaN nor an infinity is in any. */
export interface NumberRange {
  min: number;
  /** Unbounded when left out. */
  max?: number;
  isWhole?: boolean;
}

export const SEED_RANGE: NumberRange = { min: 0, max: 0xffffffff, isWhole: true };
export const SPEEDUP_RANGE: NumberRange = { min: 1e-3, max: 1e6 };
export const ENGINE_COUNT_RANGE: NumberRange = { min: 1, max: 256, isWhole: true };
export const PORT_RANGE: NumberRange = { min: 0, max: 65_535, isWhole: true };

export function isInRange(value: number, { min, max = Infinity, isWhole }: NumberRange): boolean {
  if (isWhole && !Number.isSafeInteger(value)) return false;
  return Number.isFinite(value) && value >= min && value <= max;
}

/** `a whole number from 1 to 256`, `a finite number of at least 0`. */
export function rangeText({ min, max, isWhole }: NumberRange): string {
  if (max !== undefined) return `${isWhole ? 'a whole number' : 'a number'} from ${min} to ${max}`;
  return `${isWhole ? 'a whole number' : 'a finite number'} of at least ${min}`;
}
