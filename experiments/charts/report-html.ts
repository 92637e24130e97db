import type { ComparisonRow, RunReport } from '#core';
import { errorsChart, errorsTitle, resourcesChart, resourcesTitle, timelineChart, timelineMetrics } from '#core/charts';
import { amount, capacityCard, number } from '../cli/capacity-card.ts';
import { renderSvg } from './render-svg.ts';

export interface ReportInput {
  readonly predictions: readonly { readonly title: string; readonly report: RunReport }[];
  readonly measured: RunReport;
  readonly predictedLive: RunReport;
  readonly comparison: readonly ComparisonRow[];
}

/** The report as one HTML file: no script, no request, light and dark, for a phone and a wide screen. */
export function renderReport({ predictions, measured, predictedLive, comparison }: ReportInput): string {
  const parts = [
    '<h1>How many clients does this machine hold?</h1>',
    `<p class="lead">${predictions.map(({ title, report }) => `<strong>${escape(title)}:</strong> ${escape(resourcesTitle(report))}.`).join('<br>')}</p>`,
    ...predictions.flatMap(({ title, report }) => [
      `<h2>Predicted: ${escape(title)}</h2>`,
      figure(resourcesTitle(report), renderSvg(resourcesChart(report))),
      `<details><summary>The capacity card in numbers</summary><pre>${escape(capacityCard(report, title))}</pre></details>`,
    ]),
    '<h2>Predicted against measured, on this machine</h2>',
    `<p>${escape(scenarioName(measured))}: ${number(measured.summary.connections.open)} real clients over loopback, ${number(measured.summary.receivedPerSecond)} messages/s received. The twin simulated the same scenario by the profile <em>${escape(predictedLive.profile ?? '')}</em>, which may have been measured on another machine; the errors are as they came out.</p>`,
    figure(errorsTitle(comparison), renderSvg(errorsChart(comparison))),
    comparisonTable(comparison),
    ...timelineMetrics.map((metric) =>
      figure(`${metric.label}, second by second`, renderSvg(timelineChart(metric, [predictedLive, measured]))),
    ),
    '<h2>Nothing vanishes uncounted</h2>',
    '<p>Offered = sent + dropped + queued; sent = received + in transit + lost with connections that closed + unknown.</p>',
    ledgerTable([...predictions.map(({ report }) => report), predictedLive, measured]),
    '<h2>Where this comes from</h2>',
    provenanceList([...predictions.map(({ report }) => report), predictedLive, measured]),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fanout Twin: capacity report</title><link rel="icon" href="data:,"><style>${css}</style></head>
<body><main>${parts.join('\n')}</main></body></html>
`;
}

const figure = (title: string, svg: string): string =>
  `<figure><figcaption>${escape(title)}</figcaption><div class="chart">${svg}</div></figure>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="chart"><table><thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`)
    .join('')}</tbody></table></div>`;

const comparisonTable = (rows: readonly ComparisonRow[]): string =>
  table(
    ['metric', 'predicted', 'measured', 'error', 'tolerance', ''],
    rows.map((row) => [
      row.metric,
      amount(row.predicted, row.unit),
      amount(row.measured, row.unit),
      row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`,
      `${row.tolerancePercent} %${row.floor > 0 ? ` or ${amount(row.floor, row.unit)}` : ''}`,
      row.within ? 'within' : 'beyond',
    ]),
  );

const ledgerTable = (reports: readonly RunReport[]): string =>
  table(
    ['run', 'offered', 'sent', 'dropped', 'queued', 'received', 'in transit', 'lost', 'unknown', 'balanced'],
    reports.map((report) => {
      const { ledger } = report.summary;
      const dropped = Object.values(ledger.droppedByReason).reduce((sum, count) => sum + count, 0);
      const counts = [
        ledger.offered,
        ledger.sent,
        dropped,
        ledger.queued,
        ledger.received,
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
  );

const provenanceList = (reports: readonly RunReport[]): string =>
  table(
    ['run', 'kind', 'profile', 'seed', 'commit', 'date', 'made on'],
    reports.map((report) => {
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
  );

function scenarioName({ scenario }: RunReport): string {
  const { name } = scenario as { readonly name?: string };
  return name ?? 'unnamed';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const css = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d5d9de;--soft:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#14171a;--line:#3a4047;--soft:#1e2226}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:760px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.9em;line-height:1.2}h2{margin-top:2.2em;border-top:1px solid var(--line);padding-top:1em}
.lead{font-size:1.1em}figure{margin:1.2em 0}figcaption{font-weight:600;margin-bottom:.3em}
.chart{overflow-x:auto}.chart svg{max-width:none}
table{border-collapse:collapse;font-size:.88em;white-space:nowrap}
th,td{padding:.3em .7em;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child{text-align:left}
pre{background:var(--soft);padding:12px;overflow-x:auto;font-size:.8em}summary{cursor:pointer}
`;
