import type { RunReport } from '#core';
import type { AuditedClaim } from './audit.ts';
import type { Verdict } from './claim.ts';
import type { Finding } from './findings.ts';
import { claimedText, countsOf, deviationText, exact, figureText, roundedText } from './text.ts';

/** The verdicts in the order in which a reader wants them, and what each means. */
const order: readonly (readonly [Verdict, string])[] = [
  ['inconsistent', 'Contradicts another claim, or its own inputs. The right number stands beside it.'],
  ['rounding', 'Cut off, or rounded twice: wrong in the last digit.'],
  ['ambiguous', 'Depends on a choice that the document leaves open.'],
  ['empirical', 'Only a run can tell: shown by simulation, or by recorded live runs of this project’s server.'],
  ['consistent', 'Rounds to the printed value, or the stated bound holds.'],
  ['config', 'A setting or a criterion; where this project has it too, it is the same.'],
  ['procedure', 'A step to take.'],
];

/** The audit as one HTML file: no script, no request, light and dark, for a phone and a wide screen. */
export function auditPage(
  rows: readonly AuditedClaim[],
  findings: readonly Finding[],
  { commit, date }: RunReport['provenance'],
): string {
  const counts = new Map(countsOf(rows).map(({ verdict, count }) => [verdict, count]));
  const present = order.filter(([verdict]) => (counts.get(verdict) ?? 0) > 0);
  const parts = [
    '<h1>Does the document hold?</h1>',
    `<p class="lead">${rows.length} claims of the source document, each judged, and each number in them recomputed by this project’s own code: in closed form, by simulation, or from recorded live runs.</p>`,
    `<nav aria-label="Verdicts"><ul class="counts">${present
      .map(
        ([verdict]) =>
          `<li><a class="${verdict}" href="#${verdict}"><b>${counts.get(verdict) ?? 0}</b> ${verdict}</a></li>`,
      )
      .join('')}</ul></nav>`,
    ...(findings.length === 0 ? [] : [findingsList(findings)]),
    ...present.map(
      ([verdict, meaning]) =>
        `<section aria-labelledby="${verdict}"><h2 id="${verdict}"><span class="${verdict}">${counts.get(verdict) ?? 0}</span> ${verdict}</h2><p>${meaning}</p>${table(rows.filter((row) => row.verdict === verdict))}</section>`,
    ),
    `<footer>Made by <code>fanout audit --html</code>${commit === '' ? '' : `, commit ${escape(commit)}`}, ${date.slice(0, 10)}. One claim in full: <code>fanout audit --id ID</code>.</footer>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fanout Twin: audit of the source document</title><link rel="icon" href="data:,"><style>${css}</style></head>
<body><main>${parts.join('\n')}</main></body></html>
`;
}

const findingsList = (findings: readonly Finding[]): string =>
  `<section aria-labelledby="findings"><h2 id="findings">What a buyer should know first</h2><ol class="findings">${findings
    .map(
      ({ title, text, commands }) =>
        `<li><h3>${escape(title)}</h3><p>${escape(text)}</p><p class="commands">${commands.map((command) => `<code>fanout ${escape(command)}</code>`).join(' ')}</p></li>`,
    )
    .join('')}</ol></section>`;

function table(rows: readonly AuditedClaim[]): string {
  const computed = rows.some(({ recomputed }) => recomputed !== null);
  const head = ['line', 'claim', 'claimed', ...(computed ? ['recomputed', 'deviation'] : [])];
  return `<table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead><tbody>${rows.map((row) => tableRow(row, computed)).join('')}</tbody></table>`;
}

function tableRow(row: AuditedClaim, computed: boolean): string {
  const recomputed =
    row.recomputed === null
      ? '–'
      : `${escape(exact(row.recomputed))}${row.recomputes === null ? '' : `<small>${escape(row.recomputes)}</small>`}`;
  return `<tr id="${row.id}"><td class="line" data-label="line">${row.line}</td><th scope="row"><code>${row.id}</code><p>${escape(row.says)}</p>${remarks(row)}</th><td data-label="claimed">${escape(claimedText(row))}</td>${
    computed
      ? `<td data-label="recomputed">${recomputed}</td><td data-label="deviation">${escape(deviationText(row)) || '–'}</td>`
      : ''
  }</tr>`;
}

function remarks(row: AuditedClaim): string {
  const right =
    row.right === null || (row.recomputes === null && row.verdict === 'rounding')
      ? ''
      : `<p class="right">Right: <b>${escape(roundedText(row.right))}</b>${row.right.what === '' ? '' : ` (${escape(row.right.what)})`}${row.contradicts === null ? '' : `; contradicts <a href="#${row.contradicts}">${row.contradicts}</a>`}</p>`;
  const contradicts =
    right !== '' || row.contradicts === null
      ? ''
      : `<p class="right">Contradicts <a href="#${row.contradicts}">${row.contradicts}</a></p>`;
  const note = row.note === '' ? '' : `<p class="note">${escape(row.note)}</p>`;
  return `${right}${contradicts}${note}${details(row)}`;
}

function details({ formula, inputs, otherwise, shownBy }: AuditedClaim): string {
  const lines = [
    ...(formula === null ? [] : [`<dt>formula</dt><dd>${escape(formula)}</dd>`]),
    ...inputs.map(
      (input) => `<dt>${escape(input.name)}</dt><dd>${escape(figureText(input))}, ${escape(input.what)}</dd>`,
    ),
    ...otherwise.map((figure) => `<dt>${escape(figure.what)}</dt><dd>${escape(figureText(figure))}</dd>`),
    ...shownBy.map(
      (figure) =>
        `<dt>${figure.kind}: ${escape(figure.what)}</dt><dd>${escape(figureText(figure))}<br><code>fanout ${escape(figure.command)}</code></dd>`,
    ),
  ];
  return lines.length === 0 ? '' : `<details><summary>How</summary><dl>${lines.join('')}</dl></details>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(' %', '&nbsp;%');
}

const css = `
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#59626b;--paper:#fff;--line:#d5d9de;--soft:#f4f6f8;--bad:#a4262c;--odd:#7a4b00;--good:#1d6b38;--link:#0b57a4}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--faint:#a6afb8;--paper:#14171a;--line:#3a4047;--soft:#1e2226;--bad:#ff9a94;--odd:#f0bd68;--good:#83d39b;--link:#86bdf7}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.9em;line-height:1.2;margin:.4em 0}h2{margin:2em 0 .2em;border-top:1px solid var(--line);padding-top:.8em;text-transform:none}
h3{margin:0;font-size:1.05em}p{margin:.3em 0;max-width:75ch}.lead{font-size:1.1em}
a{color:var(--link)}
.counts{list-style:none;display:flex;flex-wrap:wrap;gap:8px;padding:0;margin:1em 0}
.counts a{display:block;padding:.3em .8em;border:1px solid var(--line);border-radius:6px;background:var(--soft);text-decoration:none}
.inconsistent,.rounding{color:var(--bad)}.ambiguous,.empirical{color:var(--odd)}.consistent{color:var(--good)}.config,.procedure{color:var(--faint)}
.findings{padding-left:1.6em}.findings li{margin:1em 0}
code{font:.86em/1.4 ui-monospace,monospace;overflow-wrap:anywhere}.commands code{background:var(--soft);padding:.15em .4em;border-radius:4px;display:inline-block;margin:.1em 0}
table{border-collapse:collapse;width:100%;margin:.6em 0;font-size:.94em}
th,td{padding:.5em .6em;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;font-weight:400;font-variant-numeric:tabular-nums}
thead th{color:var(--faint);font-size:.86em}tbody th,thead th:nth-child(2){text-align:left}td{min-width:6.5em}td.line{min-width:2.6em}
thead th:first-child,td.line{padding-left:0;color:var(--faint)}
small{display:block;color:var(--faint);max-width:16em;margin-left:auto;line-height:1.3}
tbody th code{color:var(--faint)}.note{color:var(--faint)}.right b{color:var(--good)}
details{margin:.3em 0}summary{cursor:pointer;color:var(--link);width:fit-content}
dl{display:grid;grid-template-columns:minmax(8em,1fr) 2fr;gap:.15em 1em;margin:.4em 0;font-size:.92em}dt{color:var(--faint);overflow-wrap:anywhere}dd{margin:0}
tr:target{background:var(--soft)}footer{margin-top:3em;color:var(--faint);font-size:.9em}
@media(max-width:720px){thead{display:none}table,tbody,th,td{display:block;text-align:left}tr{display:flex;flex-wrap:wrap;gap:0 1em;border-bottom:1px solid var(--line);padding:.8em 0}
th,td{border:0;padding:.1em 0}tbody th{flex-basis:100%}td,td.line{order:-1;min-width:0}td::before{content:attr(data-label) ' ';color:var(--faint)}small{display:inline;margin-left:.5em}dl{grid-template-columns:1fr}dd{margin:0 0 .4em}}
`;
