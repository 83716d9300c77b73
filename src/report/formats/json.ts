import type { Report } from '../model.ts';

/** One JSON document. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report)}\n`;
}
