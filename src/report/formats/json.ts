import { printableJson } from '../../base/printable.ts';
import type { Report } from '../model.ts';

/** One JSON document. */
export function renderJson(report: Report): string {
  return `${printableJson(report)}\n`;
}
