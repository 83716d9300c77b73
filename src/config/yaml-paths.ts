import { isMap, isScalar, isSeq, type Node } from 'yaml';

/** Sets the first value at the path, where there is one. */
export function setAt(start: Node | null | undefined, path: string, value: string | number): void {
  const [node] = nodesAt(start, path);
  if (isScalar(node)) node.value = value;
}

/** Values at a dotted path; `*` stands for every list item, letter case does not count. */
export function nodesAt(start: Node | null | undefined, path: string): Node[] {
  let current: Node[] = start ? [start] : [];
  for (const segment of path.split('.')) {
    current = current.flatMap((node) => childrenAt(node, segment));
  }
  return current;
}

function childrenAt(node: Node, segment: string): Node[] {
  if (segment === '*') return isSeq(node) ? (node.items as Node[]) : [];
  if (!isMap(node)) return [];
  const pair = node.items.find(
    ({ key }) => isScalar(key) && String(key.value).toLowerCase() === segment,
  );
  return pair?.value ? [pair.value as Node] : [];
}
