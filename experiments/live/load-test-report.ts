import { bitsPerByte } from '#core';
import { provenance } from '../provenance.ts';
import type { LatencyWindow } from './latency-window.ts';
import type { LoadCounters, LoadSample } from './load-protocol.ts';
import { type LoadReport, loadReportSchema } from './load-report.ts';

export interface LoadTest {
  readonly url: URL;
  readonly connections: number;
  readonly rampConnectionsPerSecond: number;
  /** After the ramp. */
  readonly durationSeconds: number;
  /** Names or patterns. */
  readonly channels: readonly string[];
  readonly subscriptionsPerClient: number;
  /** The stream carries these channels alone: a hole in its sequence is a loss. */
  readonly ownsStream: boolean;
  /** Null: as many as the limit of descriptors asks for. */
  readonly processes: number | null;
  /** PEM; '' for the certificates that Node trusts. Only of meaning to wss. */
  readonly certificates: string;
  /** By whose time latencies are told. */
  readonly clock: 'server' | 'local';
  /** Whether it is a fault when no message comes. */
  readonly expectsMessages: boolean;
  readonly objectives: { readonly successPercent: number; readonly p99Ms: number | null };
}

/** What a test has seen when it ends, however it ends. */
export interface LoadOutcome {
  readonly first: LoadSample | null;
  readonly last: LoadSample | null;
  readonly latency: LatencyWindow;
  readonly health: unknown;
  readonly seconds: number;
  readonly processes: number;
  readonly ended: LoadReport['ended'];
  readonly endReason: string | null;
}

/** A skew below this, beside the error of the estimate, is within what clocks of one machine show. */
const skewMsMin = 1;
/** A client process above this share of a core delays what it measures. */
const busyCores = 0.9;
/** The quickest message takes this many times the spread between it and the median: a clock is behind. */
const suspiciousRatio = 3;
const suspiciousMsMin = 50;

/** What a load test found, with its objectives judged. */
export function loadTestReport(test: LoadTest, outcome: LoadOutcome): LoadReport {
  const { first, last, latency, health, seconds } = outcome;
  const from = first?.counters ?? null;
  const to = last?.counters ?? null;
  const perSecond = (pick: (counters: LoadCounters) => number): number =>
    from === null || to === null || seconds === 0 ? 0 : (pick(to) - pick(from)) / seconds;
  const messages = from === null || to === null ? 0 : to.messages - from.messages;
  const { histogram } = latency;
  const known = (value: number): number | null => (histogram.count === 0 ? null : value);
  const latencyMs = {
    count: histogram.count,
    min: histogram.count === 0 ? null : Math.max(0, latency.leastMs),
    p50: known(histogram.percentile(50)),
    p90: known(histogram.percentile(90)),
    p99: known(histogram.percentile(99)),
    max: known(histogram.max),
  };
  const clock = clockOf(test, outcome);
  const successPercent = ((to?.open ?? 0) / test.connections) * 100;
  const found = { successPercent, messages, p99: latencyMs.p99, isSkewed: isSkewed(clock) };
  const report: LoadReport = {
    schemaVersion: 2,
    provenance: { ...provenance('measured'), kind: 'measured' },
    asked: {
      url: `${test.url.protocol}//${test.url.host}${test.url.pathname}`,
      connections: test.connections,
      rampConnectionsPerSecond: test.rampConnectionsPerSecond,
      durationSeconds: test.durationSeconds,
      channels: [...test.channels],
      subscriptionsPerClient: test.subscriptionsPerClient,
    },
    ended: outcome.ended,
    endReason: outcome.endReason,
    measuredSeconds: seconds,
    connections: {
      connected: to?.connected ?? 0,
      subscribed: to?.subscribed ?? 0,
      openAtEnd: to?.open ?? 0,
      refusedByStatus: to?.refusedByStatus ?? {},
      failedByCode: to?.failedByCode ?? {},
      closedByCode: to?.closedByCode ?? {},
    },
    successPercent,
    messages,
    messagesPerSecond: perSecond((counters) => counters.messages),
    payloadBitsPerSecond: perSecond((counters) => counters.payloadBytes) * bitsPerByte,
    latencyMs,
    clock,
    duplicates: to?.duplicates ?? 0,
    missingMessages: to === null || to.judgedClients === 0 ? null : to.missing,
    comparedClients: to?.judgedClients ?? 0,
    gapMessages: to?.gapMissed ?? 0,
    loadClientCores: perSecond(cpuMicroseconds) / 1_000_000,
    loadClientProcesses: outcome.processes,
    objectives: objectivesOf(test, found),
    warnings: [],
    serverHealth: health,
  };
  return loadReportSchema.parse({ ...report, warnings: warningsOf(test, report) });
}

interface Found {
  readonly successPercent: number;
  readonly messages: number;
  readonly p99: number | null;
  readonly isSkewed: boolean;
}

function objectivesOf(
  { objectives: { successPercent, p99Ms }, expectsMessages }: LoadTest,
  found: Found,
): LoadReport['objectives'] {
  return [
    {
      name: 'success',
      required: `${successPercent} % of the clients subscribed and open at the end`,
      found: found.successPercent,
      met: found.successPercent >= successPercent,
    },
    ...(expectsMessages
      ? [{ name: 'messages', required: '1 or more received', found: found.messages, met: found.messages > 0 }]
      : []),
    ...(p99Ms === null
      ? []
      : [
          {
            name: 'p99',
            required: `${p99Ms} ms or less${found.isSkewed ? ', by clocks that agree' : ''}`,
            found: found.p99,
            // Clocks that are off by more than their resolution make no statement about any latency.
            met: found.p99 !== null && found.p99 <= p99Ms && !found.isSkewed,
          },
        ]),
  ];
}

const isSkewed = ({ publisherAheadMinMs, uncertaintyMs }: LoadReport['clock']): boolean =>
  publisherAheadMinMs !== null && publisherAheadMinMs >= skewMsMin + (uncertaintyMs ?? 0);

function clockOf(test: LoadTest, { last, latency }: LoadOutcome): LoadReport['clock'] {
  const estimate = test.clock === 'server' ? (last?.clock ?? null) : null;
  return {
    reference: test.clock,
    serverAheadMs: estimate?.offsetMs ?? null,
    uncertaintyMs: estimate?.uncertaintyMs ?? null,
    corrected: estimate !== null && Math.abs(estimate.offsetMs) > estimate.uncertaintyMs,
    negativeLatencies: latency.negative,
    publisherAheadMinMs: latency.negative === 0 ? null : -latency.leastMs,
  };
}

function warningsOf(test: LoadTest, report: LoadReport): string[] {
  const { latencyMs, clock, messages, loadClientCores, loadClientProcesses, comparedClients } = report;
  const warnings: string[] = [];
  if (messages === 0 && test.expectsMessages) {
    warnings.push('no message was received: nothing is known of latency and throughput');
  }
  if (isSkewed(clock)) {
    const share = (clock.negativeLatencies / (clock.negativeLatencies + latencyMs.count)) * 100;
    warnings.push(
      `clock skew: ${share.toFixed(1)} % of the messages arrived before they were published; the publisher's clock is ahead by at least ${milliseconds(clock.publisherAheadMinMs)}, and every latency is too small by as much`,
    );
  }
  const { min, p50 } = latencyMs;
  if (min !== null && p50 !== null && min >= suspiciousMsMin && min >= suspiciousRatio * (p50 - min)) {
    warnings.push(
      `no message took less than ${milliseconds(min)}: either the path is that slow, or the publisher's clock is behind by about as much`,
    );
  }
  if (clock.corrected) {
    warnings.push(
      `the server's clock is ${milliseconds(clock.serverAheadMs)} ahead of this machine's (within ${milliseconds(clock.uncertaintyMs)}); latencies are by the server's clock. If the publisher runs on this machine: --clock local`,
    );
  }
  if (loadClientCores / Math.max(1, loadClientProcesses) > busyCores) {
    warnings.push('the load clients use nearly a core each and measure themselves: more --processes, or more machines');
  }
  if (messages > 0 && comparedClients === 0) {
    warnings.push(
      'lost messages cannot be told: no two clients have the same subscriptions (--whole-stream, or more clients)',
    );
  }
  return warnings;
}

export const milliseconds = (value: number | null, digits = 1): string =>
  value === null ? '-' : `${value.toFixed(digits)} ms`;

export const cpuMicroseconds = ({ cpuUserMicroseconds, cpuSystemMicroseconds }: LoadSample['counters']): number =>
  cpuUserMicroseconds + cpuSystemMicroseconds;
