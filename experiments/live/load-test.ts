import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LatencyWindow } from './latency-window.ts';
import { clientProcessesFor, LoadDriver } from './load-driver.ts';
import type { LoadSample } from './load-protocol.ts';
import type { LoadReport } from './load-report.ts';
import { cpuMicroseconds, type LoadOutcome, type LoadTest, loadTestReport, milliseconds } from './load-test-report.ts';
import { healthOf } from './server-health.ts';

export interface LoadTestOptions {
  readonly onProgress: (line: string) => void;
  /** Ends the test early; what was measured so far is reported. The reason is the signal's name. */
  readonly interrupt: AbortSignal;
}

const tickMs = 1_000;
/** Nobody got through: refused by everything tried so far, or not a word from the other side. */
const refusedAfterMs = 2_000;
const silentAfterMs = 10_000;
/** Without a message for so long, it is said. */
const noMessageNoticeSeconds = 3;
const allGoneSeconds = 3;

/** Connects, holds and counts; tells how it goes once a second. Whatever ends it, what was measured is reported. */
export async function runLoadTest(test: LoadTest, options: LoadTestOptions): Promise<LoadReport> {
  const run = new LoadRun(test, options);
  try {
    await run.ramp();
    await run.hold();
  } finally {
    await run.close();
  }
  return loadTestReport(test, run.outcome);
}

class LoadRun {
  #test: LoadTest;
  #progress: (line: string) => void;
  #interrupted: Promise<'interrupted'>;
  #interrupt: AbortSignal;
  #driver: LoadDriver;
  #processes: number;
  #died: Error | null = null;
  #first: LoadSample | null = null;
  #last: LoadSample | null = null;
  #latency = new LatencyWindow();
  #health: unknown = null;
  #holdStartMs: number | null = null;
  #holdEndMs = 0;
  #ended: LoadReport['ended'] = 'complete';
  #endReason: string | null = null;

  constructor(test: LoadTest, { onProgress, interrupt }: LoadTestOptions) {
    this.#test = test;
    this.#progress = onProgress;
    this.#interrupt = interrupt;
    this.#interrupted = new Promise((resolve) => {
      if (interrupt.aborted) resolve('interrupted');
      interrupt.addEventListener('abort', () => resolve('interrupted'), { once: true });
    });
    this.#driver = new LoadDriver({
      onProcessDied: (error) => {
        this.#died ??= error;
      },
    });
    this.#processes = test.processes ?? clientProcessesFor(test.connections);
  }

  get outcome(): LoadOutcome {
    return {
      first: this.#first,
      last: this.#last,
      latency: this.#latency,
      health: this.#health,
      seconds: this.#holdStartMs === null ? 0 : (this.#holdEndMs - this.#holdStartMs) / 1_000,
      processes: this.#processes,
      ended: this.#ended,
      endReason: this.#endReason,
    };
  }

  async ramp(): Promise<void> {
    const { url, connections, rampConnectionsPerSecond } = this.#test;
    this.#progress(
      `connecting ${connections} clients to ${url.origin === 'null' ? url.host : url.origin}, ${rampConnectionsPerSecond} per second, ${this.#processes} client process${this.#processes === 1 ? '' : 'es'}`,
    );
    const settled = this.#start().then(
      () => 'settled' as const,
      (error: Error) => {
        this.#end('failed', error.message);
        return 'settled' as const;
      },
    );
    const startMs = performance.now();
    for (let tick = 1; !this.#isOver; tick += 1) {
      const untilMs = startMs + tick * tickMs;
      const what = await Promise.race([settled, this.#interrupted, sleep(Math.max(0, untilMs - performance.now()))]);
      if (what === 'interrupted') return this.#wasInterrupted();
      this.#last = (await this.#driver.sample().catch(() => undefined)) ?? this.#driver.lastSample ?? this.#last;
      const reason = this.#last === null ? null : unreachable(this.#last, performance.now() - startMs);
      if (reason !== null && !this.#isOver) return this.#end('unreachable', reason);
      if (what === 'settled') return;
      if (this.#last !== null) {
        const { subscribed, refusedByStatus, failedByCode } = this.#last.counters;
        this.#progress(
          `${subscribed} of ${connections} subscribed${troubles({ refused: refusedByStatus, failed: failedByCode })}`,
        );
      }
    }
  }

  async hold(): Promise<void> {
    if (this.#isOver) return;
    const { durationSeconds, expectsMessages } = this.#test;
    let last = await this.#driver.resetWindow();
    this.#first = last;
    this.#last = last;
    const startMs = performance.now();
    this.#holdStartMs = startMs;
    this.#holdEndMs = startMs;
    let goneSeconds = 0;
    for (let second = 1; second <= Math.ceil(durationSeconds) && !this.#isOver; second += 1) {
      const untilMs = startMs + Math.min(second, durationSeconds) * tickMs;
      const what = await Promise.race([this.#interrupted, sleep(Math.max(0, untilMs - performance.now()))]);
      if (what === 'interrupted') this.#wasInterrupted();
      const previous = last;
      try {
        [last, this.#health] = await Promise.all([this.#driver.resetWindow(), this.#healthNow()]);
      } catch (error) {
        this.#end('failed', (this.#died ?? (error as Error)).message);
        return;
      }
      this.#last = last;
      this.#holdEndMs = performance.now();
      this.#latency.merge(last.latency);
      this.#progress(progressLine(previous, last));
      const received = last.counters.messages - this.#first.counters.messages;
      if (second === noMessageNoticeSeconds && received === 0 && expectsMessages)
        this.#progress(noMessageNotice(this.#test));
      goneSeconds = last.counters.open === 0 ? goneSeconds + 1 : 0;
      if (goneSeconds >= allGoneSeconds) {
        this.#end('failed', `every connection has ended${troubles({ closed: last.counters.closedByCode })}`);
      }
    }
  }

  async close(): Promise<void> {
    await this.#driver.close().catch(() => undefined);
  }

  #start(): Promise<LoadSample> {
    const {
      url,
      certificates,
      connections,
      rampConnectionsPerSecond,
      channels,
      subscriptionsPerClient,
      ownsStream,
      clock,
    } = this.#test;
    return this.#driver.start({
      host: hostOf(url),
      port: Number(url.port),
      path: `${url.pathname}${url.search}`,
      connections,
      rampConnectionsPerSecond,
      channels: channels.length,
      channelNames: channels,
      subscriptionsPerClient,
      ownsStream,
      usesServerClock: clock === 'server',
      trustedCertificates: url.protocol === 'wss:' ? certificates : null,
      processes: this.#processes,
      ...(isLoopback(url) ? {} : { localAddressCount: 0 }),
    });
  }

  get #isOver(): boolean {
    return this.#ended !== 'complete';
  }

  #wasInterrupted(): void {
    this.#end('interrupted', `interrupted by ${String(this.#interrupt.reason)}`);
  }

  #end(ended: LoadReport['ended'], reason: string): void {
    if (this.#isOver) return;
    this.#ended = ended;
    this.#endReason = reason;
    this.#progress(reason);
  }

  #healthNow(): Promise<unknown> {
    const { url, certificates } = this.#test;
    return healthOf(hostOf(url), Number(url.port), url.protocol === 'wss:' ? certificates : null, this.#health);
  }
}

/** An IPv6 address without the brackets that it has in a URL. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

export function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
}

/** Why no client can get through, once that is certain enough; null while it is not. */
function unreachable({ counters }: LoadSample, elapsedMs: number): string | null {
  const { attempted, connected, refusedByStatus, failedByCode } = counters;
  if (connected > 0 || attempted === 0) return null;
  const failures = sum(refusedByStatus) + sum(failedByCode);
  const everybody = failures === attempted || elapsedMs >= refusedAfterMs;
  if (failures > 0 && everybody) {
    return `no client could connect${troubles({ refused: refusedByStatus, failed: failedByCode })}`;
  }
  return elapsedMs >= silentAfterMs
    ? `no client could connect: the server accepts connections but has not answered an upgrade within ${silentAfterMs / 1_000} s`
    : null;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  EMFILE: 'no descriptors left here: ulimit -n, or more --processes',
  ECONNRESET: 'closed by the server, or not a WebSocket server',
  timeout: 'no answer in time',
  'bad-upgrade': 'not a WebSocket server, or TLS on one side only',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate not trusted: --ca FILE',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate not trusted: --ca FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate not trusted: --ca FILE',
  '1006': 'without a close frame',
  'closed-1006': 'closed at once: TLS on one side only?',
  '1008': 'policy, such as a slow client',
  '1012': 'server restart',
  '1013': 'server full',
  '401': 'token required or not valid',
  '403': 'origin or token not allowed',
  '429': 'too many from one address',
  '503': 'server full or not ready',
};

/** `, refused 503 x 12 (server full or not ready)`; '' when there is nothing to tell. */
export function troubles(kinds: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const parts = Object.entries(kinds).flatMap(([kind, counts]) =>
    Object.entries(counts).map(([code, count]) => {
      const meaning = explanations[code] === undefined ? '' : ` (${explanations[code]})`;
      return `${kind} ${count} x ${code}${meaning}`;
    }),
  );
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

/** What to do when nobody publishes. */
export function noMessageNotice({ channels }: LoadTest): string {
  const some =
    channels.length > 3 ? `${channels.slice(0, 3).join(', ')} and ${channels.length - 3} more` : channels.join(', ');
  return [
    `no message received on ${some}. Either nobody publishes, or the channels have other names (--channels).`,
    'Publish to the NATS server that feeds it:  npm run -s fanout -- publish --nats-url URL',
    'or start a trial server that publishes:    npm run -s fanout -- serve --publish 25',
  ].join('\n');
}

function progressLine(previous: LoadSample, { counters, latency }: LoadSample): string {
  const cpu = cpuMicroseconds(counters) - cpuMicroseconds(previous.counters);
  const { histogram, negative } = latency;
  const percentile = (percent: number): number | null => (histogram.count === 0 ? null : histogram.percentile(percent));
  return [
    `${counters.open} open`,
    `${counters.messages - previous.counters.messages} messages`,
    `p50 ${milliseconds(percentile(50), 0)}`,
    `p99 ${milliseconds(percentile(99), 0)}`,
    ...(negative === 0 ? [] : [`${negative} negative latencies`]),
    `gaps ${counters.gapMissed}`,
    `load clients ${(cpu / 1_000_000).toFixed(2)} cores${troubles({ refused: counters.refusedByStatus, closed: counters.closedByCode }).replace(/^: /, ', ')}`,
  ].join(', ');
}
