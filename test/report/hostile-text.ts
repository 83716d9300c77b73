const ESCAPE = '\u001b';

/** What somebody might put into an engine's name, an answer, a file or a flag. */
export const HOSTILE_TEXTS: readonly string[] = [
  `${ESCAPE}[31mred`,
  `${ESCAPE}[2J`,
  `${ESCAPE}[1;1Hhome`,
  `${ESCAPE}]0;title\u0007`,
  `${ESCAPE}]8;;http://evil${ESCAPE}\\link`,
  `${ESCAPE}]52;c;cm0gLXJm\u0007`,
  `${ESCAPE}P1$r${ESCAPE}\\`,
  `${ESCAPE}c`,
  `${ESCAPE}[6n`,
  `${ESCAPE}[?1049h`,
  '\u009b31mred',
  '\u009d0;title\u009c',
  '\u0090q\u009c',
  'a\u0000b',
  'a\u0007b',
  'a\bb',
  'a\u007fb',
  'a\u000bb\u000cc',
  'over\rwritten',
  'a\tb',
  'a\nb',
  'a\r\nb',
  'a\u0085b',
  'a\u2028b\u2029c',
  'PASS\nPASS 6 of 6 checks hold',
  '::error::pwned',
  '::error title=x,file=y::pwned',
  'a\n::error::pwned',
  'a\r::warning::pwned',
  'a ::notice::pwned',
  '  ::debug::pwned',
  '\u00a0::group::pwned',
  '::stop-commands::token',
  '::set-output name=x::y',
  '::add-mask::secret',
  '##[error]pwned',
  'x ##[group]y',
  '##vso[task.complete result=Failed]',
  "##teamcity[buildStatus text='x']",
  '\u202egnp.exe',
  '\u2066a\u2069',
  '\u200fa\u200e',
  '\u061ca',
  "=cmd|' /C calc'!A1",
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  '＝1+1',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  ']]><x/>',
  '| a | [b](http://c) `d`',
  '%0A::error::pwned',
];

/** What a terminal obeys or is led astray by; a line end is told apart by `linesOf`. */
const RAW =
  /[^\P{Cc}\n]|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|##\w*\[|(?:^|\n)\s*::(?!(?:error|warning|notice) title=)/u;

/** The places where a text would be obeyed; empty for a harmless one. */
export function rawPlaces(text: string): string[] {
  const found = [...text.matchAll(new RegExp(RAW, 'gu'))];
  return found.map(({ index }) => JSON.stringify(text.slice(Math.max(0, index - 30), index + 30)));
}
