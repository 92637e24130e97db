import { setTimeout as sleep } from 'node:timers/promises';
import { bitsPerByte, LatencyHistogram } from '#core';
import { provenance } from '../provenance.ts';
import { LoadDriver } from './load-driver.ts';
import type { LoadSample } from './load-protocol.ts';
import { type LoadReport, loadReportSchema } from './load-report.ts';

export interface LoadTest {
  readonly url: URL;
  readonly connections: number;
  readonly rampConnectionsPerSecond: number;
  /** After the ramp. */
  readonly durationSeconds: number;
  readonly channels: number;
  readonly subscriptionsPerClient: number;
  readonly processes: number | null;
  readonly objectives: { readonly successPercent: number; readonly p99Ms: number | null };
}

const millisecondsPerSecond = 1_000;
const healthTimeoutMs = 900;

/** Connects, holds and counts; tells how it goes once a second. */
export async function runLoadTest(test: LoadTest, onProgress: (line: string) => void): Promise<LoadReport> {
  const driver = new LoadDriver();
  const latency = new LatencyHistogram();
  try {
    onProgress(`connecting ${test.connections} clients, ${test.rampConnectionsPerSecond} a second`);
    await driver.start({
      host: test.url.hostname,
      port: Number(test.url.port),
      path: `${test.url.pathname}${test.url.search}`,
      connections: test.connections,
      rampConnectionsPerSecond: test.rampConnectionsPerSecond,
      channels: test.channels,
      subscriptionsPerClient: test.subscriptionsPerClient,
      ...(test.processes === null ? {} : { processes: test.processes }),
    });
    const first = await driver.resetWindow();
    const startMs = performance.now();
    let last = first;
    let health: unknown = null;
    for (let second = 1; second <= Math.ceil(test.durationSeconds); second += 1) {
      const untilMs = startMs + Math.min(second, test.durationSeconds) * millisecondsPerSecond;
      await sleep(Math.max(0, untilMs - performance.now()));
      const previous = last;
      [last, health] = await Promise.all([driver.resetWindow(), healthOf(test.url, health)]);
      latency.merge(last.latency);
      onProgress(progressLine(previous, last));
    }
    return reportOf(test, { first, last, latency, health, seconds: (performance.now() - startMs) / 1_000 });
  } finally {
    await driver.close().catch(() => undefined);
  }
}

interface Found {
  readonly first: LoadSample;
  readonly last: LoadSample;
  readonly latency: LatencyHistogram;
  readonly health: unknown;
  readonly seconds: number;
}

function reportOf(test: LoadTest, { first, last, latency, health, seconds }: Found): LoadReport {
  const from = first.counters;
  const to = last.counters;
  const successPercent = (to.open / test.connections) * 100;
  const p99 = latency.percentile(99);
  const { successPercent: successAsked, p99Ms } = test.objectives;
  const objectives = [
    {
      name: 'success',
      required: `${successAsked} % of the clients subscribed and open at the end`,
      found: successPercent,
      met: successPercent >= successAsked,
    },
  ];
  if (p99Ms !== null) {
    objectives.push({
      name: 'p99',
      required: `${p99Ms} ms or less`,
      found: p99,
      met: latency.count > 0 && p99 <= p99Ms,
    });
  }
  const cpuOf = ({ counters }: LoadSample): number => counters.cpuUserMicroseconds + counters.cpuSystemMicroseconds;
  return loadReportSchema.parse({
    schemaVersion: 1,
    provenance: { ...provenance('measured'), kind: 'measured' },
    asked: {
      url: test.url.href,
      connections: test.connections,
      rampConnectionsPerSecond: test.rampConnectionsPerSecond,
      durationSeconds: test.durationSeconds,
      channels: test.channels,
      subscriptionsPerClient: test.subscriptionsPerClient,
    },
    connections: {
      connected: to.connected,
      subscribed: to.subscribed,
      openAtEnd: to.open,
      refusedByStatus: to.refusedByStatus,
      failedByCode: to.failedByCode,
      closedByCode: to.closedByCode,
    },
    successPercent,
    messagesPerSecond: (to.messages - from.messages) / seconds,
    payloadBitsPerSecond: ((to.payloadBytes - from.payloadBytes) * bitsPerByte) / seconds,
    latencyMs: {
      count: latency.count,
      p50: latency.percentile(50),
      p90: latency.percentile(90),
      p99,
      max: latency.max,
    },
    duplicates: to.duplicates,
    missingSequences: to.skippedSequences,
    gapMessages: to.gapMissed,
    loadClientCores: (cpuOf(last) - cpuOf(first)) / 1_000_000 / seconds,
    objectives,
    serverHealth: health,
  });
}

function progressLine(previous: LoadSample, { counters, latency }: LoadSample): string {
  const messages = counters.messages - previous.counters.messages;
  const cpu =
    counters.cpuUserMicroseconds +
    counters.cpuSystemMicroseconds -
    previous.counters.cpuUserMicroseconds -
    previous.counters.cpuSystemMicroseconds;
  return [
    `${counters.open} open`,
    `${messages} messages`,
    `p50 ${latency.percentile(50).toFixed(0)} ms`,
    `p99 ${latency.percentile(99).toFixed(0)} ms`,
    `gaps ${counters.gapMissed}`,
    `refused ${JSON.stringify(counters.refusedByStatus)}`,
    `own CPU ${(cpu / 1_000_000).toFixed(2)} cores`,
  ].join(', ');
}

/** What /health says now; `before` when it does not answer in time. */
async function healthOf(url: URL, before: unknown): Promise<unknown> {
  try {
    const answer = await fetch(`http://${url.host}/health`, { signal: AbortSignal.timeout(healthTimeoutMs) });
    return await answer.json();
  } catch {
    return before;
  }
}
