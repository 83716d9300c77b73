import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';
import { ROOT } from '../helpers/exec.ts';

/** The schema Jenkins' xUnit plugin checks JUnit reports with; its licence stands in the file. */
export const JUNIT_XSD = join(ROOT, 'fixtures/schemas/junit-10.xsd');

/** What a validator (libxml2, compiled for Node) has to object to. */
export async function junitErrors(xml: string): Promise<string[]> {
  const schema = { fileName: 'junit-10.xsd', contents: readFileSync(JUNIT_XSD, 'utf8') };
  const { errors } = await validateXML({ xml: { fileName: 'report.xml', contents: xml }, schema });
  return errors.map(({ message }) => message);
}
