import { bytesPerMiB, type Interval, type RunReport } from '#core';
import { runTimelineFigure, timelinesFigure } from '#charts';
import type { Breakage, BreaksData } from '../data/when-it-breaks.ts';
import { dayOf, digits, figure, finding, note, table, together } from './elements.ts';
import type { ChoiceField } from './form.ts';

export const breakageChoices = ({ breakages }: BreaksData): ChoiceField['choices'] =>
  breakages.map(({ id, title }) => ({ value: id, label: title }));

export const breakageOf = ({ breakages }: BreaksData, id: string): Breakage =>
  breakages.find((one) => one.id === id) ?? breakages[0];

export const variantChoices = ({ variants }: Breakage): ChoiceField['choices'] =>
  variants.map(({ label }) => ({ value: label, label }));

/** What it does, variant by variant. */
export function breakageView({ words, variants }: Breakage): HTMLElement {
  const explanation = document.createElement('p');
  explanation.textContent = words;
  const [first, ...others] = variants.map(({ label, report }) => ({ label, summary: report.summary }));
  const worst = (report: RunReport): number =>
    Math.max(...report.intervals.map(({ latencyP99Ms }) => latencyP99Ms ?? 0));
  const [one] = variants;
  const other = variants[variants.length - 1];
  return together(
    explanation,
    finding`With "${first.label}" p99 peaks at ${digits(worst(one.report))} ms, ${digits(first.summary.drops)} messages are dropped and ${digits(first.summary.naks)} handed back; with "${other.label}" ${digits(worst(other.report))} ms, ${digits(others[others.length - 1].summary.drops)} and ${digits(others[others.length - 1].summary.naks)}.`,
    table(variants, [
      { head: 'variant', of: ({ label }) => label, kind: 'given' },
      { head: 'p99 at worst, ms', of: ({ report }) => worst(report), kind: 'result' },
      { head: 'dropped', of: ({ report }) => report.summary.drops, kind: 'result' },
      { head: 'NAKed', of: ({ report }) => report.summary.naks, kind: 'result' },
      { head: 'expired in the stream', of: ({ report }) => report.summary.ledger.busExpired, kind: 'result' },
      {
        head: 'closed by the server',
        of: ({ report }) => report.summary.connections.closedByReason['slow-client'] ?? 0,
        kind: 'result',
      },
      { head: 'open at the end', of: ({ report }) => report.summary.connections.open, kind: 'result' },
      { head: 'CPU, cores', of: ({ report }) => report.summary.cpu.cores, kind: 'result' },
    ]),
  );
}

/** One variant as a timeline that one can scrub: a slider moves the line, the table tells that second. */
export function timelineView({ variants }: Breakage, label: string): HTMLElement {
  const { report } = variants.find((variant) => variant.label === label) ?? variants[0];
  const intervals = loadedIntervals(report);
  const shown = figure(
    runTimelineFigure(report),
    table(intervals, [{ head: 'second', of: ({ second }) => digits(second), kind: 'given' }, ...columns]),
  );
  return together(scrubber(shown, intervals), shown);
}

/** Live runs with faults that are on record, beside the twin. */
export function liveFaultsView({ live }: BreaksData): HTMLElement {
  if (live.length === 0) return note`No live run with a fault is on record yet; it appears here when it is.`;
  return together(
    ...live.map(({ name, measured, predicted }) =>
      together(
        note`Recorded ${dayOf(measured.provenance.date)}: ${name}. Dropped: predicted ${digits(predicted.summary.drops)}, measured ${digits(measured.summary.drops)}.`,
        figure(timelinesFigure([predicted, measured])),
      ),
    ),
  );
}

interface Second extends Interval {
  readonly second: number;
}

function loadedIntervals({ intervals }: RunReport): Second[] {
  const first = intervals.findIndex(({ published }) => published > 0);
  const start = first > 0 ? intervals[first - 1].atSeconds : 0;
  return intervals.slice(Math.max(0, first)).map((interval) => ({ ...interval, second: interval.atSeconds - start }));
}

const columns = [
  { head: 'connections', of: ({ connections }: Second) => connections, kind: 'result' },
  { head: 'received', of: ({ received }: Second) => received, kind: 'result' },
  { head: 'p99, ms', of: ({ latencyP99Ms }: Second) => digits(latencyP99Ms), kind: 'result' },
  { head: 'in send buffers', of: ({ queued }: Second) => queued, kind: 'result' },
  { head: 'dropped', of: ({ dropped }: Second) => dropped, kind: 'result' },
  { head: 'NAKed', of: ({ naks }: Second) => naks, kind: 'result' },
  { head: 'CPU, cores', of: ({ cpuCores }: Second) => cpuCores, kind: 'result' },
  { head: 'memory, MiB', of: ({ memoryBytes }: Second) => memoryBytes / bytesPerMiB, kind: 'result' },
] as const;

const playMs = 120;

/** A slider over the seconds, with a button that plays them; arrow keys go second by second. */
function scrubber(shown: HTMLElement, seconds: readonly Second[]): HTMLElement {
  const slider = Object.assign(document.createElement('input'), {
    type: 'range',
    min: '0',
    max: String(seconds.length - 1),
    step: '1',
    value: '0',
    className: 'scrub',
    id: 'scrub',
  });
  const label = document.createElement('label');
  label.htmlFor = slider.id;
  label.textContent = 'Second of load';
  const play = document.createElement('button');
  play.type = 'button';
  play.textContent = 'Play';
  const at = document.createElement('div');
  at.id = 'second';
  const show = (): void => {
    const second = seconds[Number(slider.value)];
    slider.setAttribute('aria-valuetext', `second ${digits(second.second)}`);
    at.replaceChildren(
      table([second], [{ head: 'second', of: (row) => digits(row.second), kind: 'given' }, ...columns]),
    );
    markSecond(shown, second.second);
  };
  let timer = 0;
  const stop = (): void => {
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
  };
  play.addEventListener('click', () => {
    if (timer !== 0) return stop();
    if (Number(slider.value) >= seconds.length - 1) slider.value = '0';
    play.textContent = 'Stop';
    timer = window.setInterval(() => {
      if (!play.isConnected || Number(slider.value) >= seconds.length - 1) return stop();
      slider.value = String(Number(slider.value) + 1);
      show();
    }, playMs);
  });
  slider.addEventListener('input', (event) => {
    event.stopPropagation();
    show();
  });
  const row = document.createElement('div');
  row.className = 'row';
  row.append(play, label, slider);
  // A chart that is drawn again, for another width, has lost its mark.
  new MutationObserver(() => markSecond(shown, seconds[Number(slider.value)].second)).observe(
    shown.querySelector('.chart') ?? shown,
    { childList: true },
  );
  show();
  return together(row, at);
}

/** Draws a line at a second through every plot of a figure, by the plots' own scales. */
function markSecond(shown: HTMLElement, second: number): void {
  for (const plot of shown.querySelectorAll<DrawnPlot>('.chart > *')) {
    const svg = plot.matches('svg') ? plot : plot.querySelector('svg');
    const scale = plot.scale?.('x');
    if (svg === null || scale === undefined) continue;
    const x = String(scale.apply(second));
    const line =
      svg.querySelector('.second') ?? svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'line'));
    line.setAttribute('class', 'second');
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    line.setAttribute('y1', '0');
    line.setAttribute('y2', svg.getAttribute('height') ?? '0');
  }
}

type DrawnPlot = Element & { readonly scale?: (name: string) => PlotScale | undefined };

interface PlotScale {
  readonly apply: (value: number) => number;
}
