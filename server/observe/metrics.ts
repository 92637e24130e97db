import { Counter, Gauge, Registry } from 'prom-client';
import {
  activeTasks,
  closeReasonNames,
  dropReasonNames,
  lossReasonNames,
  nakReasonNames,
  nanosecondsPerSecond,
  refusalReasonNames,
  type Settings,
} from '#core';
import { histogramText, spellNaN } from './exposition.ts';
import type { Headroom } from './headroom.ts';
import type { ServerSample } from '../threads/supervisor.ts';
import type { ShardCounters } from '../threads/thread-messages.ts';

const microsecondsPerSecond = 1_000_000;
const healthValues = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

/**
 * The server's figures for Prometheus: rates, errors and use of each resource (R87). The only file that knows the client
 * library. Values are taken from the same totals as `/health` and run reports when they are asked for.
 */
export class Metrics {
  #settings: Settings;
  #registry = new Registry();
  #counters = new Map<string, Counter>();
  #gauges = new Map<string, Gauge>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(
    sample: ServerSample,
    { model, connectionsLeft, ratePerSecondLeft }: Pick<Headroom, 'model' | 'connectionsLeft' | 'ratePerSecondLeft'>,
  ): Promise<string> {
    this.#resources(sample);
    this.#traffic(sample);
    this.#bus(sample);
    this.#loops(sample);
    this.#value(
      'fanout_model_cpu_cores',
      'CPU that the runtime profile gives for the present load',
      model?.predictedCores ?? NaN,
    );
    this.#value(
      'fanout_model_memory_bytes',
      'Resident memory that the runtime profile gives for the present load',
      model?.predictedMemoryBytes ?? NaN,
    );
    this.#value(
      'fanout_headroom_connections',
      'Connections that still fit before the first limit, with the present load of each',
      connectionsLeft ?? NaN,
    );
    this.#value(
      'fanout_headroom_messages_per_second',
      'Messages per second that still fit before the first limit, for the present connections',
      ratePerSecondLeft ?? NaN,
    );
    this.#value(
      'fanout_model_drifted',
      '1 when the profile is off by more than a quarter',
      model?.drifted === true ? 1 : 0,
    );
    const latency = histogramText(
      'fanout_delivery_latency_seconds',
      'From the time of publishing to the socket write, for every delivery that is no replay, by shard',
      sample.shards.map(({ latency: totals }, shard) => ({ labels: `shard="${shard}"`, totals })),
    );
    return `${spellNaN(await this.#registry.metrics())}${latency}`;
  }

  #loops({ mainLoop, shards, log }: ServerSample): void {
    const loops = [
      { thread: 'main', loop: mainLoop },
      ...shards.map(({ loop }, shard) => ({ thread: `shard-${shard}`, loop })),
    ];
    this.#byLabels('fanout_event_loop_delay_seconds', 'How late the loop runs what is due, over the last 10 to 20 s', [
      ...loops.map(({ thread, loop }) => [{ thread, quantile: '0.5' }, loop.delayP50Seconds] as const),
      ...loops.map(({ thread, loop }) => [{ thread, quantile: '0.99' }, loop.delayP99Seconds] as const),
      ...loops.map(({ thread, loop }) => [{ thread, quantile: '1' }, loop.delayMaxSeconds] as const),
    ]);
    this.#total(
      'fanout_event_loop_active_seconds_total',
      'Time in which the loop ran something; its rate is the utilisation of the loop',
      loops.map(({ thread, loop }) => [{ thread }, loop.activeSeconds] as const),
    );
    this.#byLabels(
      'fanout_oldest_queued_seconds',
      'Age of the oldest message in a send buffer, from its publishing',
      shards.map(({ oldestQueuedSeconds }, shard) => [{ shard: String(shard) }, oldestQueuedSeconds] as const),
    );
    this.#value(
      'fanout_pending_sockets',
      'Sockets that are no WebSocket connection, or not yet',
      sumOf(shards, (one) => one.pendingSockets),
    );
    this.#total('fanout_pending_sockets_cut_off_total', 'Of these, cut off to make room for newer ones', [
      [{}, sumOf(shards, (one) => one.pendingCutOff)],
    ]);
    this.#total('fanout_request_pauses_total', 'Pauses of clients that asked for more than their budget', [
      [{}, sumOf(shards, (one) => one.requestPauses)],
    ]);
    this.#total(
      'fanout_deliveries_ahead_of_publisher_total',
      "Deliveries before their publisher's time: its clock is ahead",
      [[{}, sumOf(shards, (one) => one.latency.ahead)]],
    );
    this.#total('fanout_log_lines_lost_total', 'Log lines that nobody read in time, or that could not be written', [
      [{ cause: 'slow-reader' }, log.dropped],
      [{ cause: 'write-failed' }, log.failed],
    ]);
  }

  #resources(sample: ServerSample): void {
    const settings = this.#settings;
    this.#total('fanout_cpu_seconds_total', 'CPU time of the process, by mode', [
      [{ mode: 'user' }, sample.cpuUserMicroseconds / microsecondsPerSecond],
      [{ mode: 'system' }, sample.cpuSystemMicroseconds / microsecondsPerSecond],
    ]);
    this.#total('fanout_thread_cpu_seconds_total', 'CPU time by thread', [
      [{ thread: 'main' }, sample.mainCpuMicroseconds / microsecondsPerSecond] as const,
      ...sample.shards.map(
        (shard, index) =>
          [
            { thread: `shard-${index}` },
            (shard.cpuUserMicroseconds + shard.cpuSystemMicroseconds) / microsecondsPerSecond,
          ] as const,
      ),
    ]);
    this.#total('fanout_gc_pause_seconds_total', 'Time that event loops stood still for garbage collection', [
      [{}, sumOf(sample.shards, (one) => one.collectionPauseMicroseconds) / microsecondsPerSecond],
    ]);
    this.#value('fanout_cpu_limit_cores', 'CPU budget, WS_CPU_LIMIT', settings.cpuLimitCores);
    this.#value('fanout_memory_bytes', 'Resident memory of the process', sample.rssBytes);
    this.#value('fanout_memory_limit_bytes', 'Memory budget, WS_MEMORY_LIMIT', settings.memoryLimitBytes);
    this.#value('fanout_connections', 'Open WebSocket connections', sample.connections);
    this.#value('fanout_connections_limit', 'Admission limit, WS_MAX_CONNECTIONS', settings.connectionsMax);
    this.#value(
      'fanout_tasks',
      'Tasks by the formula of R56',
      activeTasks(sample.connections, settings.workerPoolSize),
    );
    this.#value('fanout_tasks_limit', 'Task limit, WS_MAX_GOROUTINES', settings.tasksMax);
    this.#value(
      'fanout_health_status',
      '0 healthy, 1 degraded, 2 unhealthy',
      healthValues[sample.health?.status ?? 'unhealthy'],
    );
    this.#value(
      'fanout_flush_interval_seconds',
      'Longest wait of a message for others to be written with',
      sample.flushIntervalNs / nanosecondsPerSecond,
    );
    this.#total('fanout_shard_crashes_total', 'Event loops that crashed and were restarted', [
      [{}, sample.shardCrashes],
    ]);
  }

  #traffic({ shards }: ServerSample): void {
    const plain = (name: string, help: string, pick: (shard: ShardCounters) => number): void =>
      this.#total(name, help, [[{}, sumOf(shards, pick)]]);
    plain(
      'fanout_deliveries_offered_total',
      'Deliveries matched: one message for one subscriber',
      (one) => one.offered,
    );
    plain('fanout_deliveries_sent_total', 'Deliveries given to a socket', (one) => one.sent);
    plain('fanout_deliveries_replayed_total', 'Deliveries recovered from the history', (one) => one.replayed);
    this.#byReason(
      'fanout_deliveries_dropped_total',
      'Deliveries dropped, by reason',
      dropReasonNames,
      shards.map((one) => one.droppedByReason),
    );
    this.#value(
      'fanout_deliveries_queued',
      'Deliveries in send buffers',
      sumOf(shards, (one) => one.queued),
    );
    plain('fanout_broadcasts_total', 'Messages broadcast, by all shards', (one) => one.broadcasts);
    plain('fanout_socket_writes_total', 'Socket writes', (one) => one.writes);
    plain('fanout_sent_bytes_total', 'Payload bytes written to sockets', (one) => one.payloadBytes);
    plain('fanout_connections_accepted_total', 'Connections accepted', (one) => one.accepted);
    this.#byReason(
      'fanout_connections_refused_total',
      'Connections refused, by reason',
      refusalReasonNames,
      shards.map((one) => one.refusedByReason),
    );
    this.#byReason(
      'fanout_connections_closed_total',
      'Connections ended, by reason',
      closeReasonNames,
      shards.map((one) => one.closedByReason),
    );
    plain('fanout_request_errors_total', 'Requests of clients answered with an error', (one) => one.requestErrors);
    plain('fanout_pings_total', 'Pings sent to silent clients', (one) => one.pings);
    plain('fanout_recoveries_total', 'Channels that clients asked to recover', (one) => one.recoveries);
    plain(
      'fanout_recoveries_failed_total',
      'Of these, those that the history did not cover',
      (one) => one.recoveriesFailed,
    );
    this.#value(
      'fanout_history_bytes',
      'Payload bytes kept for recovery; shared by the shards, so the largest counts',
      Math.max(0, ...shards.map((one) => one.historyBytes)),
    );
  }

  #bus({ intake, stream, busConnected, lostByReason, publisherClockSkewSeconds }: ServerSample): void {
    this.#value('fanout_bus_connected', '1 while the message server is connected', busConnected ? 1 : 0);
    this.#value('fanout_bus_paused', '1 while consumption is paused by CPU use', intake.paused ? 1 : 0);
    this.#total('fanout_bus_messages_total', 'Messages taken from the stream, redeliveries included', [
      [{}, intake.busMessages],
    ]);
    this.#total('fanout_bus_redelivered_total', 'Of these, redeliveries', [[{}, intake.redelivered]]);
    this.#total('fanout_bus_acknowledged_total', 'Messages acknowledged', [[{}, intake.acknowledged]]);
    this.#byReason('fanout_bus_naked_total', 'Messages handed back, by reason', nakReasonNames, [intake.nakedByReason]);
    this.#total('fanout_bus_expired_total', 'Messages that left the stream before they were handed over', [
      [{}, stream.expiredUnacknowledged],
    ]);
    this.#value('fanout_bus_pending_messages', 'Messages in the stream, not acknowledged', stream.pendingMessages);
    this.#byReason(
      'fanout_bus_lost_total',
      'Messages of the stream that never came, by reason; clients were told',
      lossReasonNames,
      [lostByReason],
    );
    this.#value(
      'fanout_bus_limit_messages_per_second',
      'Lower of the two rate caps',
      Math.min(this.#settings.natsRateMaxPerSecond, this.#settings.broadcastRateMaxPerSecond),
    );
    this.#value(
      'fanout_publisher_clock_ahead_seconds',
      "Most by which a message's time of publishing lay after its arrival, of the last 256; positive is proof of a wrong clock",
      publisherClockSkewSeconds ?? NaN,
    );
    this.#value(
      'fanout_network_limit_bits_per_second',
      'Network budget, WS_NETWORK_LIMIT; NaN where it is not set',
      this.#settings.networkBitsPerSecond || NaN,
    );
    this.#value('fanout_stream_messages', 'Messages in the stream', stream.storedMessages);
    this.#value('fanout_stream_bytes', 'Bytes in the stream', stream.storedBytes);
  }

  #byReason(name: string, help: string, names: readonly string[], counters: readonly (readonly number[])[]): void {
    this.#total(
      name,
      help,
      names.map((reason, index) => [{ reason }, counters.reduce((sum, one) => sum + one[index], 0)] as const),
    );
  }

  #total(name: string, help: string, rows: readonly (readonly [Readonly<Record<string, string>>, number])[]): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = new Counter({ name, help, labelNames: Object.keys(rows[0][0]), registers: [this.#registry] });
      this.#counters.set(name, counter);
    }
    counter.reset();
    for (const [labels, total] of rows) counter.inc(labels, total);
  }

  #value(name: string, help: string, value: number): void {
    this.#byLabels(name, help, [[{}, value]]);
  }

  #byLabels(name: string, help: string, rows: readonly (readonly [Readonly<Record<string, string>>, number])[]): void {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, help, labelNames: Object.keys(rows[0]?.[0] ?? {}), registers: [this.#registry] });
      this.#gauges.set(name, gauge);
    }
    for (const [labels, value] of rows) gauge.set(labels, value);
  }
}

const sumOf = (shards: readonly ShardCounters[], pick: (shard: ShardCounters) => number): number =>
  shards.reduce((sum, shard) => sum + pick(shard), 0);
