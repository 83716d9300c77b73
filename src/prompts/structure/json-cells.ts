import { isRecord } from '../../base/json.ts';
import type { Cell, CellKind } from './structure.ts';

/**
 * A JSON value as cells whose texts make up `JSON.stringify(value)`: one per member, deep down, each with
 * the key and the marks before it.
 */
export function jsonCells(value: unknown, path: string, kind: CellKind): Cell[] {
  const cells: Cell[] = [];
  let pending = '';
  const put = (text: string, at: string): void => {
    const lead = pending.length + (text.startsWith('"') ? 1 : 0);
    cells.push({ path: at, kind, text: pending + text, lead });
    pending = '';
  };
  const write = (it: unknown, at: string): void => {
    if (Array.isArray(it)) {
      if (it.length === 0) return put('[]', at);
      pending += '[';
      it.forEach((item: unknown, index) => {
        if (index > 0) pending += ',';
        write(item, `${at}[${index}]`);
      });
      pending += ']';
      return;
    }
    const members = isRecord(it) ? Object.entries(it).filter(([, held]) => held !== undefined) : [];
    if (members.length === 0) return put(JSON.stringify(it) ?? 'null', at);
    pending += '{';
    for (const [index, [name, held]] of members.entries()) {
      pending += `${index > 0 ? ',' : ''}${JSON.stringify(name)}:`;
      write(held, `${at}.${name}`);
    }
    pending += '}';
  };
  write(value, path);
  const last = cells.at(-1);
  if (last !== undefined) last.text += pending;
  return cells;
}
