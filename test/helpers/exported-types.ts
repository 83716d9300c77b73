import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './exec.ts';

/** A name and the built declaration file that declares it. */
interface Declared {
  file: string;
  name: string;
}

const IMPORT = /^(?:import|export)(?: type)? \{([^}]*)\} from '(\.[^']*)';/gm;
const EVERYTHING = /^export type \* from '(\.[^']*)';/gm;
/** Comments may hold any word. */
const read = (file: string): string =>
  readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');

/** What `dist/src/index.d.ts` hands on: public name → where it is declared. */
export function publicNames(): Map<string, Declared> {
  return namesFrom(join(ROOT, 'dist/src/index.d.ts'));
}

/** Exported declarations that the public ones speak of, and that are not public themselves. */
export function unnamedTypes(): string[] {
  const open = [...publicNames().values()];
  const seen = new Set(open.map(keyOf));
  const isPublic = new Set(seen);
  const missing: string[] = [];
  for (let it = open.pop(); it; it = open.pop()) {
    for (const { declared, isExported } of spokenOf(it)) {
      const key = keyOf(declared);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(declared);
      if (isExported && !isPublic.has(key)) missing.push(`${key} (by ${it.name})`);
    }
  }
  return missing.sort();
}

const keyOf = ({ file, name }: Declared): string => `${file.replace(`${ROOT}/`, '')} ${name}`;

function namesFrom(file: string): Map<string, Declared> {
  const names = new Map<string, Declared>();
  const sourceOf = (specifier: string): string =>
    resolve(file, '..', specifier.replace(/\.[jt]s$/, '.d.ts'));
  for (const [, specifier] of read(file).matchAll(EVERYTHING)) {
    const source = sourceOf(specifier!);
    for (const [, name] of read(source).matchAll(
      /^export (?:declare )?(?:interface|type) (\w+)/gm,
    )) {
      names.set(name!, { file: source, name: name! });
    }
  }
  for (const [, list, specifier] of read(file).matchAll(IMPORT)) {
    const source = sourceOf(specifier!);
    for (const part of list!.split(',').map((text) => text.trim().replace(/^type /, ''))) {
      if (part === '') continue;
      const [name, local = name] = part.split(' as ') as [string, string?];
      names.set(local, { file: source, name });
    }
  }
  return names;
}

/** The declarations that one declaration names: of its own file, or imported. */
function spokenOf({ file, name }: Declared): { declared: Declared; isExported: boolean }[] {
  const text = read(file);
  const imported = namesFrom(file);
  const words = new Set(declarationOf(text, name).match(/\b[A-Za-z_]\w*/g));
  return [...words].flatMap((word) => {
    const elsewhere = imported.get(word);
    if (elsewhere) return [{ declared: elsewhere, isExported: true }];
    const local = new RegExp(`^(export )?(?:declare )?(?:interface|type|class) ${word}\\b`, 'm');
    const found = local.exec(text);
    return found ? [{ declared: { file, name: word }, isExported: Boolean(found[1]) }] : [];
  });
}

/** From its keyword to the next declaration of the file. */
function declarationOf(text: string, name: string): string {
  const begin = new RegExp(
    `^(?:export )?(?:declare )?(?:interface|type|class|function|const) ${name}\\b`,
    'm',
  );
  const at = begin.exec(text)?.index;
  if (at === undefined) throw new Error(`no declaration of ${name}`);
  const rest = text.slice(at);
  const end = rest.slice(1).search(/^(?:export|declare|interface|type|class|import)\b/m);
  return (end === -1 ? rest : rest.slice(0, end + 1)).replaceAll(/'[^'\n]*'/g, '');
}
