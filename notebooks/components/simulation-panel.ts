import { clientsLost, messagesLost, type Profile, type RunReport, type Scenario } from '#core';
import { timelineChart, timelineMetrics } from '#charts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import { Simulator } from './simulator.ts';

/** Sliders move often; the simulation starts when they rest. */
const restMs = 250;

/** The true simulator on the page: asked again and again, it shows how far it is and then its report. */
export class SimulationPanel {
  readonly element = document.createElement('section');
  #profiles: readonly Profile[];
  #simulator = new Simulator();
  #bar = document.createElement('progress');
  #state = document.createElement('span');
  #result = document.createElement('div');
  #download = document.createElement('a');
  #exact = document.createElement('input');
  #timer = 0;
  #asked: Scenario | null = null;

  constructor(profiles: readonly Profile[]) {
    this.#profiles = profiles;
    this.element.setAttribute('aria-label', 'Simulation');
    this.#bar.max = 1;
    this.#bar.setAttribute('aria-label', 'Progress of the simulation');
    this.#state.setAttribute('role', 'status');
    this.#download.download = 'run-report.json';
    this.#download.textContent = 'Download the report';
    this.#download.hidden = true;
    this.#exact.type = 'checkbox';
    const label = document.createElement('label');
    label.append(this.#exact, ' each connection on its own, in place of a few hundred that stand for all');
    this.#exact.addEventListener('change', () => this.ask(this.#asked));
    const row = document.createElement('div');
    row.className = 'row';
    row.append(this.#bar, this.#state, this.#download);
    this.element.append(label, row, this.#result);
  }

  /** Simulates the scenario when no other comes within a quarter of a second; ends what is under way. */
  ask(scenario: Scenario | null): void {
    if (scenario === null) return;
    this.#asked = scenario;
    this.#simulator.stop();
    this.element.dataset['state'] = 'busy';
    this.#state.textContent = 'waits for the sliders';
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#start(scenario), restMs);
  }

  #start(scenario: Scenario): void {
    const startMs = performance.now();
    this.#bar.value = 0;
    this.#state.textContent = 'simulates';
    const scale = this.#exact.checked ? 1 : 'auto';
    this.#simulator.run(
      { scenario, profiles: this.#profiles, scale },
      {
        progressed: (share) => {
          this.#bar.value = share;
          this.#state.textContent = `simulates: ${percent(share)}`;
        },
        finished: (text) => {
          this.#bar.value = 1;
          const report = JSON.parse(text) as RunReport;
          const last = report.intervals[report.intervals.length - 1];
          this.#state.textContent = `${digits(last.atSeconds)} s simulated in ${digits((performance.now() - startMs) / 1_000)} s`;
          URL.revokeObjectURL(this.#download.href);
          this.#download.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
          this.#download.hidden = false;
          this.#result.replaceChildren(resultView(report));
          this.element.dataset['state'] = 'done';
        },
        failed: (message) => {
          this.#state.textContent = message;
          this.element.dataset['state'] = 'failed';
        },
      },
    );
  }
}

function resultView(report: RunReport): HTMLElement {
  const { summary } = report;
  const { latencyMs, cpu, memory, verdict } = summary;
  const { refused, closedByServer } = clientsLost(summary);
  const { dropped, expired, lostWithConnections } = messagesLost(summary);
  const [reason] = verdict?.reasons ?? [];
  const judged =
    reason === undefined ? 'holds' : `does not hold: ${reason.what} ${reason.found}, accepted ${reason.accepted}`;
  const lead = finding`Simulated, it ${judged}. ${digits(refused)} clients are refused and ${digits(closedByServer)} disconnected by the server; ${digits(dropped + expired + lostWithConnections)} messages are lost. A message reaches half of the clients within ${digits(latencyMs.p50)} ms and nearly all (p99) within ${digits(latencyMs.p99)} ms; the first limit is ${summary.firstLimit}.`;
  lead.id = 'simulated';
  const rows: readonly { readonly name: string; readonly value: string }[] = [
    { name: 'CPU', value: `${digits(cpu.cores)} cores` },
    { name: 'of it the kernel', value: `${digits(cpu.kernelCores)} cores` },
    { name: 'memory', value: `${digits(memory.bytes / bytesPerMebibyte)} MiB` },
    { name: 'messages received', value: `${digits(summary.receivedPerSecond)} /s` },
    { name: 'socket writes', value: `${digits(summary.writesPerSecond)} /s` },
    { name: 'latency p50', value: `${digits(latencyMs.p50)} ms` },
    { name: 'latency p90', value: `${digits(latencyMs.p90)} ms` },
    { name: 'latency p99', value: `${digits(latencyMs.p99)} ms` },
    { name: 'latency, largest', value: `${digits(latencyMs.max)} ms` },
    { name: 'dropped, in all', value: `${digits(dropped)} messages` },
    { name: 'expired in the stream', value: `${digits(expired)} messages` },
    { name: 'lost with connections', value: `${digits(lostWithConnections)} messages` },
    { name: 'handed back to the bus (NAK)', value: `${digits(summary.naks)} messages` },
    { name: 'health', value: summary.health },
    { name: 'every delivery accounted for', value: summary.ledger.balanced ? 'yes' : 'NO' },
  ];
  const plots = timelineMetrics.map((metric) => timelineChart(metric, [report]));
  return together(
    lead,
    figure(
      {
        title: `Second by second: p99 latency ends at ${digits(report.intervals[report.intervals.length - 1].latencyP99Ms)} ms`,
        description: timelineMetrics.map(({ label }) => label).join(', '),
        plots,
      },
      table(rows, [
        { head: 'in the simulated window', of: ({ name }) => name, kind: 'given' },
        { head: 'value', of: ({ value }) => value, kind: 'result' },
      ]),
    ),
    note`Profile ${report.profile ?? ''}, seed ${report.seed}. The same scenario and seed give this report to the byte in Node too.`,
  );
}

const bytesPerMebibyte = 1_048_576;
