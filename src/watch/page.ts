/** The board as one page: no build step, no network but `/state`. Texts go in as text, never as markup. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kvcache watch</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --line: #8884; --bad: #b3261e; --good: #1a6e35; }
  @media (prefers-color-scheme: dark) { :root { --bad: #ff8f85; --good: #5fd08a; } }
  html { background: Canvas; color: CanvasText; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 60rem; padding: 0 1rem; }
  h1 { font-size: 1.25rem; }
  h2 { font-size: 1rem; margin-top: 1.5rem; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: right; white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; }
  .alert { border-left: 4px solid var(--bad); margin: .75rem 0; padding: .25rem .75rem; }
  .fine { color: var(--good); }
  small { opacity: .75; }
  @media (max-width: 480px) {
    thead { position: absolute; left: -999rem; }
    tr { display: block; padding-block: .4rem; border-bottom: 1px solid var(--line); }
    td, td:first-child { display: flex; justify-content: space-between; border: 0; padding: .1rem 0; }
    td:first-child { font-weight: 600; }
    td:empty { display: none; }
    td:not(:first-child)::before { content: attr(data-label); }
  }
</style>
<h1>kvcache watch</h1>
<p id="status">Nothing read yet.</p>
<div id="alerts"></div>
<h2>Engines, last window</h2>
<div class="scroll"><table>
  <thead><tr><th scope="col">engine</th><th scope="col">prefix hits</th><th scope="col">second tier</th><th scope="col">requests</th><th scope="col">mean TTFT</th></tr></thead>
  <tbody id="engines"></tbody>
</table></div>
<p id="probe"></p>
<script>
  const share = (value) => value === null ? 'not known' : (100 * value).toFixed(1) + ' %';
  const time = (value) => value === null ? 'not known' : Math.round(1000 * value) + ' ms';
  const node = (name, text, className) => {
    const element = document.createElement(name);
    element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const rowOf = (cells) => {
    const row = document.createElement('tr');
    cells.forEach((cell, at) => {
      const element = node('td', cell);
      element.dataset.label = document.querySelectorAll('th')[at].textContent;
      row.append(element);
    });
    return row;
  };
  const show = (state) => {
    const { figures, alerts, learning, lastReading, probe } = state;
    const isRead = lastReading !== null;
    document.getElementById('status').textContent =
      (isRead ? 'Last read at ' + new Date(lastReading).toLocaleTimeString() : 'Nothing read yet') +
      (learning ? '; still learning what is usual: alerts that need it come later.' : '.');
    const list = alerts.map((it) => {
      const box = node('div', '', 'alert');
      box.append(node('strong', it.alert), node('div', it.sentence), node('small', it.evidence + ' → ' + it.remedy));
      return box;
    });
    const quiet = learning ? node('p', 'No alert holds so far.') : node('p', 'No alert holds.', 'fine');
    document.getElementById('alerts').replaceChildren(...(list.length > 0 || !isRead ? list : [quiet]));
    document.getElementById('probe').textContent = probe === null ? '' :
      'Probe: ' + probe.found + ' of ' + probe.repeats + ' repeats found their beginning; ' + probe.requests +
      ' requests, ' + probe.tokens + ' tokens since the start; ' + (probe.skippedBusy + probe.skippedBudget) + ' rounds left out.';
    const rows = figures.engines.map((it) => [it.isUp ? it.id : it.id + ' (down)', share(it.hitRate),
      share(it.externalHitRate), share(it.requestShare), time(it.ttftMeanS)]);
    rows.push(['all', share(figures.hitRate), share(figures.externalHitRate), '', '']);
    document.getElementById('engines').replaceChildren(...rows.map(rowOf));
  };
  const refresh = async () => {
    try {
      show(await (await fetch('state')).json());
    } catch {
      document.getElementById('status').textContent = 'kvcache watch does not answer.';
    }
  };
  refresh();
  setInterval(refresh, 5000);
</script>
</html>
`;
