import { bytesPerMiB, type Interval, messagesLost, type RunReport } from '#core';
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
  const ranked = variants.map(outcomeOf).sort(byAvailability);
  const [best] = ranked;
  const worst = ranked[ranked.length - 1];
  const inWords = ({ label, clientsOpen, clientsAsked, messagesLost: lost, recovery, worstP99Ms }: Outcome): string =>
    `"${label}" ends with ${digits(clientsOpen)} of ${digits(clientsAsked)} clients served and ${digits(lost)} deliveries lost, ${recovery}; p99 peaks at ${digits(worstP99Ms)} ms`;
  return together(
    explanation,
    finding`${ranked.length === 1 || best === worst ? '' : 'Best: '}${inWords(best)}.${best === worst ? '' : ` Worst: ${inWords(worst)}.`}`,
    table(ranked, [
      { head: 'variant, best first', of: ({ label }) => label, kind: 'given' },
      { head: 'clients served at the end', of: ({ clientsOpen }) => clientsOpen, kind: 'result' },
      { head: 'deliveries lost', of: ({ messagesLost: lost }) => lost, kind: 'result' },
      { head: 'recovery', of: ({ recovery }) => recovery, kind: 'result' },
      { head: 'p99 at worst, ms', of: ({ worstP99Ms }) => digits(worstP99Ms), kind: 'result' },
      { head: 'handed back', of: ({ naks }) => naks, kind: 'result' },
      { head: 'CPU, cores', of: ({ cpuCores }) => cpuCores, kind: 'result' },
    ]),
  );
}

/** What a variant does to clients first, then to their messages, then to time. */
export interface Outcome {
  readonly label: string;
  readonly clientsOpen: number;
  readonly clientsAsked: number;
  /** Deliveries, whatever the name of the loss: a message that expired is lost to every client. */
  readonly messagesLost: number;
  /** Seconds from the fault's begin until p99 is back at twice its value before; null where it is not, within the run. */
  readonly recoverySeconds: number | null;
  readonly recovery: string;
  /** null where nothing was received. */
  readonly worstP99Ms: number | null;
  readonly naks: number;
  readonly cpuCores: number;
}

export function outcomeOf({ label, report }: Breakage['variants'][number]): Outcome {
  const { summary, intervals } = report;
  const { dropped, expired, lostWithConnections } = messagesLost(summary);
  const { asked } = summary.connections;
  const { connections: clientsOpen } = intervals[intervals.length - 1];
  const latencies = intervals.map(({ latencyP99Ms }) => latencyP99Ms).filter((value) => value !== null);
  const recoverySeconds = secondsToRecover(report);
  return {
    label,
    clientsOpen,
    clientsAsked: asked,
    messagesLost: dropped + expired * clientsOpen + lostWithConnections,
    recoverySeconds,
    recovery:
      recoverySeconds === null ? 'not recovered when the run ends' : `recovered after ${digits(recoverySeconds)} s`,
    worstP99Ms: latencies.length === 0 ? null : Math.max(...latencies),
    naks: summary.naks,
    cpuCores: summary.cpu.cores,
  };
}

/** Clients served first, then messages lost, then time to recover, then latency. */
export const byAvailability = (one: Outcome, two: Outcome): number =>
  two.clientsOpen - one.clientsOpen ||
  one.messagesLost - two.messagesLost ||
  (one.recoverySeconds ?? Infinity) - (two.recoverySeconds ?? Infinity) ||
  (one.worstP99Ms ?? Infinity) - (two.worstP99Ms ?? Infinity);

/** From the first fault's begin until all clients are there and p99 is again at most twice what it was, for good. */
function secondsToRecover({ scenario, intervals }: RunReport): number | null {
  const { faults = [] } = scenario as { readonly faults?: readonly { readonly atSeconds: number }[] };
  const start = intervals.find(({ published }) => published > 0)?.atSeconds ?? 0;
  const begin = start + Math.min(...faults.map(({ atSeconds }) => atSeconds));
  const before = intervals.filter(({ atSeconds, latencyP99Ms }) => atSeconds <= begin && latencyP99Ms !== null);
  const usual = before[before.length - 1];
  if (usual === undefined) return null;
  const isWell = ({ connections, latencyP99Ms }: Interval): boolean =>
    connections >= usual.connections && latencyP99Ms !== null && latencyP99Ms <= 2 * (usual.latencyP99Ms ?? 0);
  const lastBad = intervals.findLastIndex((interval) => interval.atSeconds > begin && !isWell(interval));
  if (lastBad === intervals.length - 1) return null;
  return Math.max(0, (intervals[lastBad]?.atSeconds ?? begin) - begin);
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
