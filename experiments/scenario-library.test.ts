import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bufferFillSeconds, closedForm, rateMaxByNetwork, type RunReport } from '#core';
import { simulate, simulateFleet } from '#sim';
import { loadScenario } from './scenario-file.ts';
import { listScenarios } from './scenario-library.ts';

const library = listScenarios();
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** Simulates a file of the library by the scale model with about 200 connections; shorter where nothing happens later. */
function run(name: string, ...overrides: string[]): RunReport {
  const file = library.find((one) => one.name === name)?.file ?? name;
  const { resolved } = loadScenario(file, overrides);
  return simulate(resolved, { scale: Math.max(1, Math.round(resolved.scenario.workload.connections / 200)) });
}
const short = ['workload.durationSeconds=8', 'workload.warmUpSeconds=2'];
const utilisation = ({ summary }: RunReport, name: string) =>
  summary.resources.find(({ resource }) => resource === name)?.utilisation ?? 0;
/** Seconds from the start of the load to the end of the first interval for which something holds. */
function secondWhen({ intervals }: RunReport, holds: (interval: RunReport['intervals'][number]) => boolean): number {
  const start = intervals[intervals.findIndex(({ published }) => published > 0) - 1]?.atSeconds ?? 0;
  return (intervals.find((interval) => interval.published > 0 && holds(interval))?.atSeconds ?? Infinity) - start;
}

describe.each(library)('the scenario $name', ({ file, name, description }) => {
  it('has the name of its file, says what it shows, stands in the index, and accounts for every delivery', () => {
    expect(basename(file, '.yaml')).toBe(name);
    expect(description.length).toBeGreaterThan(30);
    expect(readFileSync(new URL('./scenarios/README.md', import.meta.url), 'utf8')).toContain(`](${basename(file)})`);
    const { faults, fleet } = loadScenario(file).resolved.scenario;
    if (fleet !== null) {
      const { resolved } = loadScenario(file, [...short, 'fleet.lost.atSeconds=4']);
      expect(simulateFleet(resolved, { connectionsKept: 100 }).account).toMatchObject({ balanced: true, missed: 0 });
      return;
    }
    const { ledger } = run(name, ...(faults.length === 0 ? short : [])).summary;
    expect(ledger.balanced).toBe(true);
    expect(ledger.received).toBeGreaterThan(0);
  });
});

describe('what a scenario promises', () => {
  it('12,000 clients fit at 35 messages/s with all of the network once headers count, and ask 2.9 times of it at 100', () => {
    expect(utilisation(run('e2-standard-2-12k-35', ...short), 'network')).toBeCloseTo((0.84 * 594) / 500, 2);
    const { resources } = closedForm(loadScenario(fileOf('e2-standard-2-12k-100')).resolved);
    expect(resources.find(({ resource }) => resource === 'network')?.utilisation).toBeCloseTo((2.4 * 594) / 500, 9);
  });

  it('a deployment sends all clients away, and all come back and recover all that they missed', () => {
    const report = run('deployment');
    const { connections, clients, ledger } = report.summary;
    const cohort = connections.asked / 200;
    expect(connections).toMatchObject({ asked: 12_000, open: 12_000 });
    expect(Math.abs(connections.closedByReason['going-away'] - 12_000)).toBeLessThanOrEqual(cohort);
    expect(clients).toMatchObject({ recovered: 12_000, unrecovered: 0, missingSequences: 0 });
    expect(ledger.busExpired).toBe(0);
  });

  it('a day curve has its peak at three times the plain rate', () => {
    const { intervals } = run('day-curve');
    const most = Math.max(...intervals.map(({ published }) => published));
    expect(most).toBeGreaterThan(30);
    expect(most).toBeLessThan(60);
  });

  it('popular channels bring nearly six times the deliveries of equal ones, on as many subscriptions', () => {
    const popular = run('popular-channels', ...short).summary.sentPerSecond;
    const equal = run('popular-channels', ...short, 'workload.popularity=uniform').summary.sentPerSecond;
    expect(popular / equal).toBeGreaterThan(5);
    expect(popular / equal).toBeLessThan(6.5);
  });

  it('mobile links make the tail, not the middle', () => {
    const mixed = run('mobile-and-desktop', ...short).summary.latencyMs;
    const alike = run('mobile-and-desktop', ...short, 'workload.clientGroups=[{name: all, share: 1, roundTripMs: 30}]');
    expect(mixed.p99).toBeGreaterThan((alike.summary.latencyMs.p99 ?? Infinity) + 40);
  });

  it('bursts and churn fit without a drop or a refusal', () => {
    for (const name of ['bursts-every-minute', 'churn-30-percent']) {
      const { ledger, connections } = run(name, ...(name === 'churn-30-percent' ? short : [])).summary;
      const { 'connection-closed': _, ...dropped } = ledger.droppedByReason;
      expect(sum(dropped) + sum(connections.refusedByReason)).toBe(0);
    }
  });

  it('by the CPU per delivery of the source project’s own run, more than five times the CPU is asked for', () => {
    const report = run('e2-standard-2-12k-go-measured', ...short);
    expect(report.summary.firstLimit).toBe('cpu');
    expect(utilisation(report, 'cpu')).toBeGreaterThan(5);
  });

  it('a machine of twice or four times the size holds as much more', () => {
    const shares = ['e2-standard-2-12k', 'e2-standard-4-24k', 'e2-standard-8-48k'].map((name) =>
      closedForm(loadScenario(fileOf(name)).resolved).resources.slice(0, 3),
    );
    for (const machine of shares.slice(1))
      machine.forEach((use, index) => expect(use.utilisation).toBeCloseTo(shares[0][index].utilisation, 6));
  });

  it('with 5 of 120 channels each, a client gets a 24th', () => {
    expect(run('e2-standard-2-12k-channels', ...short).summary.receivedPerSecond / 12_000).toBeCloseTo(60 / 24, 1);
  });

  it('2,048 slots leave clients outside, with either look-up; 512 let all in', () => {
    for (const name of ['optimisation-none', 'optimisation-index'])
      expect(run(name, ...short).summary.connections.open).toBeLessThan(9_000);
    for (const name of ['optimisation-buffers', 'optimisation-both']) {
      const report = run(name, ...short);
      expect(report.summary.connections.open).toBe(12_000);
      expect(utilisation(report, 'memory')).toBeCloseTo(0.85, 2);
    }
  });

  it('a burst of 100 messages/s closes the first clients after 8.8 s of send buffer and the kernel’s 16 KiB', () => {
    const drained = rateMaxByNetwork(2e9, 12_000, 500);
    const buffers = bufferFillSeconds(512, 100, drained);
    expect(buffers).toBeCloseTo(8.8, 1);
    const kernel = bufferFillSeconds(16_384 / 500, 100, drained);
    const closed = secondWhen(run('burst-100'), ({ connections }) => connections < 12_000) - 10;
    // The interval that saw it is one second long.
    expect(closed).toBeGreaterThan(buffers + kernel);
    expect(closed).toBeLessThan(buffers + kernel + 1.1);
  });

  it('closes those who never read, and them alone', () => {
    const { connections, drops } = run('slow-clients').summary;
    expect([connections.closedByReason['slow-client'], connections.open]).toEqual([20, 980]);
    expect(drops).toBeGreaterThan(0);
  });

  it('brings back everybody after a reconnect storm', () => {
    const report = run('reconnect-storm');
    expect(Math.min(...report.intervals.slice(-20).map(({ connections }) => connections))).toBeLessThan(7_000);
    expect(report.summary.connections.open).toBe(12_000);
  });

  it('loses nothing in an outage shorter than the stream’s 30 s, and 250 messages in one of 40 s', () => {
    const brief = run('nats-outage').summary;
    expect([brief.ledger.busExpired, sum(brief.ledger.droppedByReason)]).toEqual([0, 0]);
    expect(brief.latencyMs.max).toBeGreaterThan(9_500);
    expect(brief.latencyMs.max).toBeLessThan(11_000);
    expect(run('nats-outage-long').summary.ledger.busExpired).toBe(250);
  });

  it('delivers 100 of 250 messages/s, and refuses each several times in the loop', () => {
    const publisher = run('publisher-250').summary;
    expect(publisher.receivedPerSecond / 500).toBeCloseTo(100, 0);
    expect(publisher.ledger.busExpired).toBeGreaterThan(1_000);
    const loop = run('nak-loop').summary;
    expect(loop.naks / (loop.windowSeconds * 250)).toBeGreaterThan(5);
  });

  it('warns that an ack wait as long as the stream keeps messages redelivers nothing', () => {
    expect(loadScenario(fileOf('ack-wait-max-age')).warnings.join()).toContain('JS_CONSUMER_ACK_WAIT (30s)');
  });
});

function fileOf(name: string): string {
  const found = library.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found.file;
}
