/** The whole style of the page: both colour schemes, every width, and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --panel: #f6f8fa; --link: #0b5cad;
  --pass: #1a6e35; --fail: #b3261e; --open: #7d4e00;
  --series-1: #4d4d4d; --series-2: #c24e00; --series-3: #0072b2; --series-4: #00805d; --series-5: #a8487f;
  --series-6: #8a6d00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1216; --ink: #e8ebee; --soft: #a3adb8; --line: #38414b; --panel: #191e24; --link: #7cb8ff;
    --pass: #5fd08a; --fail: #ff8f85; --open: #f0b95b;
    --series-1: #b8bec5; --series-2: #e69f00; --series-3: #56b4e9; --series-4: #1fc79a; --series-5: #e29ac2;
    --series-6: #f0e442;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, nav, footer { max-width: 1560px; margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2.5rem); }
header { padding-block: 1.5rem 0.5rem; }
h1 { font-size: clamp(1.35rem, 1rem + 1.6vw, 2rem); line-height: 1.25; margin: 0.25rem 0 0.5rem; max-width: 60ch; }
h2 { font-size: 1.35rem; margin: 2.25rem 0 0.75rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0 0 0.35rem; }
h1, h2, h3, p, li, dd, td, th, summary { overflow-wrap: anywhere; }
p, ul { margin: 0.4rem 0; max-width: 80ch; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
.soft { color: var(--soft); font-size: 0.9rem; }
.badge { display: inline-block; white-space: nowrap; font-weight: 700; }
.pass { color: var(--pass); } .fail, .error, .invalid { color: var(--fail); } .inconclusive { color: var(--open); }
.judged { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0.5rem 0; font-size: 0.95rem; }
.judged > div { display: contents; } .judged dt { color: var(--soft); } .judged dd { margin: 0; overflow-wrap: anywhere; }
.judged .loud dd { font-weight: 700; color: var(--open); }
.cause { border: 1px solid var(--line); border-left: 4px solid var(--open); border-radius: 0 8px 8px 0; background: var(--panel); padding: 0.75rem 1rem; margin-block: 0.75rem; }
.cause ul { padding-left: 1.2rem; }
.evidence-table { margin-block: 0.75rem 1.25rem; } .evidence-table caption { font-weight: 600; color: var(--ink); }
.note { max-width: none; border-left: 4px solid var(--fail); background: var(--panel); padding: 0.6rem 1rem; margin-block: 0.75rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0.5rem 0; max-width: none; }
nav a { display: inline-block; padding-block: 0.25rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; margin: 0.75rem 0; }
.tiles > div { border: 1px solid var(--line); border-radius: 8px; background: var(--panel); padding: 0.75rem 1rem; }
.tiles dt { color: var(--soft); font-size: 0.9rem; } .tiles dd { margin: 0; }
.tiles .value { font-size: 1.35rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 40rem), 1fr)); gap: 1.25rem; }
.plot { min-width: 0; max-width: 54rem; border: 1px solid var(--line); border-radius: 8px; padding: 1rem; }
figure { margin: 0.75rem 0; }
figure [role="img"] svg { display: block; width: 100%; height: auto; }
figure svg text { white-space: pre; }
figure [role="img"] svg.narrow { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; list-style: none; padding: 0; margin: 0.5rem 0 0; font-size: 0.9rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.legend svg { flex: none; margin: 0; }
.summary { padding-left: 1.1rem; font-size: 0.95rem; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; padding-block: 0.3rem; color: var(--link); }
button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: 6px; padding: 0.35rem 0.8rem; }
button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 0 1rem; align-items: start; }
.facts details { min-width: 0; margin: 0; } .facts details[open] { grid-column: 1 / -1; }
.scroll { overflow-x: auto; max-height: 32rem; overflow-y: auto; }
#problems .scroll, #checks .scroll, #evidence .scroll { max-height: none; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--soft); padding-block: 0.35rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); min-width: 4.5rem; }
thead th { border-bottom-width: 2px; white-space: nowrap; }
tbody th { font-weight: 600; }
td .evidence { color: var(--soft); display: block; }
.checks td, .checks th { min-width: 7rem; }
.checks td:nth-child(2) { min-width: 14rem; } .checks td:nth-child(5) { min-width: 18rem; }
footer { padding-block: 2rem; color: var(--soft); font-size: 0.9rem; }
@media (max-width: 600px) {
  figure [role="img"] svg.wide { display: none; } figure [role="img"] svg.narrow { display: block; }
  .plot { padding: 0.75rem 0.6rem; }
  .stacked thead { position: absolute; left: -999rem; }
  .stacked tr { display: block; padding-block: 0.5rem; border-bottom: 1px solid var(--line); }
  .stacked th, .stacked td { display: block; border: 0; padding: 0.1rem 0; }
  .stacked td:nth-child(n) { min-width: 0; }
  .checks td:nth-child(n + 3)::before, .stacked:not(.checks) td::before { content: attr(data-label) ": "; color: var(--soft); }
  .scroll { max-height: 24rem; }
}
@media print {
  @page { margin: 14mm; }
  body { font-size: 10pt; }
  nav, .skip, .screen { display: none; }
  h2, h3 { break-after: avoid; }
  .plots { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; } .plot, .tiles > div, tr { break-inside: avoid; }
  .plot { padding: 0.5rem; font-size: 8pt; } .plot figcaption { font-size: 7.5pt; }
  figure [role="img"] svg.wide { display: block; } figure [role="img"] svg.narrow { display: none; }
  .tiles { grid-template-columns: repeat(3, 1fr); gap: 0.5rem; }
  .scroll { max-height: none; overflow: visible; }
  details:not([open]), #figures:not(:has([open])) { display: none; }
  summary { list-style: none; color: inherit; }
}
`.trim();
