import type { ComparisonRow, RunReport } from '#core';
import type { Figure } from '#charts';
import { amount, number } from '../format/quantities.ts';
import { escapeXml as escape, renderSvg } from './render-svg.ts';

/** A table of a report; the first column is text, the others are set to the right. */
export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface ReportSection {
  readonly title: string;
  readonly text?: string;
  readonly figures?: readonly Figure[];
  readonly tables?: readonly ReportTable[];
  /** Shown on demand, in fixed width. */
  readonly details?: { readonly summary: string; readonly text: string };
}

export interface HtmlReport {
  readonly title: string;
  /** The answers, one a line. */
  readonly lead: readonly string[];
  readonly sections: readonly ReportSection[];
}

/** The report as one HTML file: no script, no request, light and dark, for a phone and a wide screen. */
export function renderReport({ title, lead, sections }: HtmlReport): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fanout Twin: ${escape(title)}</title><link rel="icon" href="data:,"><style>${css}</style></head>
<body><main>
<h1>${escape(title)}</h1>
<p class="lead">${lead.map(escape).join('<br>')}</p>
${sections.map(sectionHtml).join('\n')}
</main></body></html>
`;
}

const sectionHtml = ({ title, text, figures = [], tables = [], details }: ReportSection): string =>
  [
    `<section><h2>${escape(title)}</h2>`,
    ...(text === undefined ? [] : [`<p>${escape(text)}</p>`]),
    ...figures.map(figureHtml),
    ...tables.map(tableHtml),
    ...(details === undefined
      ? []
      : [
          `<details><summary>${escape(details.summary)}</summary><pre tabindex="0">${escape(details.text)}</pre></details>`,
        ]),
    '</section>',
  ].join('\n');

/** Wide charts and tables scroll by themselves, with the keyboard too. */
const figureHtml = ({ title, plots }: Figure): string =>
  `<figure><figcaption>${escape(title)}</figcaption><div class="chart" tabindex="0" role="group" aria-label="${escape(title)}">${plots
    .map((plot) => renderSvg(plot).replace('<svg ', '<svg role="img" '))
    .join('\n')}</div></figure>`;

const tableHtml = ({ head, rows }: ReportTable): string =>
  `<div class="chart" tabindex="0"><table><thead><tr>${head
    .map((cell) => (cell === '' ? '<td></td>' : `<th scope="col">${escape(cell)}</th>`))
    .join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`)
    .join('')}</tbody></table></div>`;

export const comparisonReportTable = (rows: readonly ComparisonRow[]): ReportTable => ({
  head: ['metric', 'predicted', 'measured', 'error', 'tolerance', ''],
  rows: rows.map((row) => [
    row.metric,
    amount(row.predicted, row.unit),
    amount(row.measured, row.unit),
    row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`,
    `${row.tolerancePercent} %${row.floor > 0 ? ` or ${amount(row.floor, row.unit)}` : ''}`,
    row.within ? 'within' : 'beyond',
  ]),
});

/** Where every delivery went, and where the runs come from: at the end of any report about runs. */
export const accountSections = (reports: readonly RunReport[]): ReportSection[] => [
  {
    title: 'Nothing vanishes uncounted',
    text: 'Offered + replayed = received + dropped + queued + in transit + lost with connections that closed + unknown.',
    tables: [ledgerTable(reports)],
  },
  { title: 'Where this comes from', tables: [provenanceTable(reports)] },
];

const ledgerTable = (reports: readonly RunReport[]): ReportTable => ({
  head: ['run', 'offered', 'replayed', 'received', 'dropped', 'queued', 'in transit', 'lost', 'unknown', 'balanced'],
  rows: reports.map((report) => {
    const { ledger } = report.summary;
    const dropped = Object.values(ledger.droppedByReason).reduce((sum, count) => sum + count, 0);
    const counts = [
      ledger.offered,
      ledger.replayed,
      ledger.received,
      dropped,
      ledger.queued,
      ledger.inTransit,
      ledger.lostWithConnection,
      ledger.unknown,
    ];
    return [
      `${scenarioName(report)}, ${report.provenance.kind}`,
      ...counts.map(number),
      ledger.balanced ? 'yes' : 'NO',
    ];
  }),
});

const provenanceTable = (reports: readonly RunReport[]): ReportTable => ({
  head: ['run', 'kind', 'profile', 'seed', 'commit', 'date', 'made on'],
  rows: reports.map((report) => {
    const { kind, commit, date, host, runtime } = report.provenance;
    return [
      scenarioName(report),
      kind,
      report.profile ?? 'none: measured',
      String(report.seed),
      commit,
      date,
      `${host}, ${runtime}`,
    ];
  }),
});

export function scenarioName({ scenario }: RunReport): string {
  const { name } = scenario as { readonly name?: string };
  return name ?? 'unnamed';
}

const css = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d5d9de;--soft:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#14171a;--line:#3a4047;--soft:#1e2226}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:760px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.9em;line-height:1.2}h2{margin-top:2.2em;border-top:1px solid var(--line);padding-top:1em}
.lead{font-size:1.05em}.lead::first-line{font-weight:700}figure{margin:1.2em 0}figcaption{font-weight:600;margin-bottom:.3em}
.chart{overflow-x:auto}.chart:focus-visible{outline:2px solid #0072B2}.chart svg{max-width:none}
table{border-collapse:collapse;font-size:.88em;white-space:nowrap}
th,td{padding:.3em .7em;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child{text-align:left}
pre{background:var(--soft);padding:12px;overflow-x:auto;font-size:.8em}summary{cursor:pointer}
`;
