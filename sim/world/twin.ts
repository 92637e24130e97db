import {
  activeTasks,
  Admission,
  assert,
  channelName,
  Channels,
  ClientPlan,
  CloseReason,
  connectionsAsked,
  deliveryCostAt,
  DropReason,
  type Fault,
  faultBeginnings,
  flushIntervalAt,
  isChosen,
  type LostRange,
  MessageSizes,
  nanosecondsPerMillisecond,
  nanosecondsPerSecond,
  offeredRates,
  type Profile,
  RateCurve,
  Recorder,
  RefusalReason,
  refusalReasonNames,
  residentBytes,
  type ResolvedScenario,
  type RunReport,
  type Sample,
  secondsToNs,
} from '#core';
import { Kind } from './event-kinds.ts';
import { IntakeHost } from './intake-host.ts';
import { ClientAccounts, type ServerAccount } from './client-accounts.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import { RandomStream } from '../kernel/random.ts';
import { LoadClientHost } from './load-client-host.ts';
import { scaleModel, scaleOf } from '../cohort.ts';
import { connectionCounts, scaledLedger } from './scaled-accounts.ts';
import { Cpu } from '../machine/cpu.ts';
import { CpuQuota } from '../machine/cpu-quota.ts';
import { SharedCore } from '../machine/shared-core.ts';
import { SocketMemory, tcpMemoryShare } from '../machine/socket-memory.ts';
import { Clients } from '../network/clients.ts';
import { ReturningClients } from './returning-clients.ts';
import { ShardHost, type SimulatedFrame } from './shard-host.ts';
import { shardTotals } from './shard-totals.ts';
import { Turnover } from './turnover.ts';
import type { SimulateOptions, SimulationProgress } from './simulate-options.ts';

/** Node's timers and the kernel's wake-ups come in whole milliseconds. */
const timerGrainNs = nanosecondsPerMillisecond;
const sampleIntervalNs = nanosecondsPerSecond;
/** After the load, queues get this long to empty before the account is closed. */
const settleNs = secondsToNs(5);

/** What the main thread hands to a shard's thread: a message, or word of messages that will never come. */
type HandOver = { readonly frame: SimulatedFrame; readonly missed: boolean } | { readonly range: LostRange };

/**
 * Simulates a scenario and reports what the modelled machine would show: the twin of `experiments/live`.
 *
 * Core's `Intake` and `Shard` run unchanged. The same scenario gives the same report, to the byte, on every engine.
 */
export function simulate(input: ResolvedScenario, options: SimulateOptions = {}): RunReport {
  return twinOf(input, options).run();
}

/**
 * The same, with an account of every message for every client, in the model's own deliveries: for fleets, whose clients
 * subscribe to everything.
 */
export function simulateServer(
  input: ResolvedScenario,
  options: SimulateOptions = {},
): { readonly report: RunReport; readonly account: ServerAccount } {
  const twin = twinOf(input, options);
  const report = twin.run();
  return { report, account: twin.account() };
}

function twinOf(input: ResolvedScenario, { scale = 1, replication = 0, onProgress }: SimulateOptions): Twin {
  assert(input.scenario.fleet === null, 'a fleet takes simulateFleet, as predict does; here: one server');
  const chosen = scale === 'auto' ? scaleOf(input) : scale;
  return new Twin(input, chosen, replication, onProgress ?? null);
}

function secondsOf(fault: Exclude<Fault, { kind: 'server-lost' | 'clients-join' }>): number {
  if (fault.kind === 'reconnect-storm') return fault.reconnectAfterSeconds;
  return fault.kind === 'server-restart' ? fault.drainSeconds + fault.downSeconds : fault.durationSeconds;
}

class Twin {
  /** What is simulated: the scenario, or its scale model. */
  #input: ResolvedScenario;
  /** What was asked to be simulated, and how many real connections each of the model's stands for. */
  #asked: ResolvedScenario;
  #scale: number;
  #onProgress: SimulateOptions['onProgress'] | null;
  #profile: Profile;
  #events = new EventQueue();
  #cpu: Cpu;
  #quota: CpuQuota;
  #clients: Clients;
  #socketMemory: SocketMemory;
  #sharedCore: SharedCore;
  #hosts: ShardHost[] = [];
  #hostLoops: number[] = [];
  #intakeHost: IntakeHost;
  #intakeLoop: number;
  #clientLoop = -1;
  #admission: Admission;
  #arrivalTimes: RandomStream;

  #shardTimerNs: number[] = [];
  #intakeTimerNs = Infinity;
  #handOvers: HandOver[][] = [];

  #clientHost: Int16Array;
  #clientConnection: Int32Array;
  /** 1 for a client that is let in or about to be: it does not come twice, whatever sends it. */
  #clientPresent: Uint8Array;
  #connectionClient: Int32Array[] = [];
  #pendingAccepts: number;
  #settledAccepts = 0;
  #returning: ReturningClients;
  #turnover: Turnover;
  #accounts: ClientAccounts;
  /** When the server died; Infinity while it lives. */
  #lostAtNs = Infinity;

  #published = 0;
  #rateFactor = 1;
  /** Bursts under way, by their fault's index. */
  #bursts = new Map<number, number>();
  #curve: RateCurve | null;
  #channels: Channels;
  #sizes: MessageSizes;
  #clientPlan: ClientPlan;
  #publishing = false;
  /** When the next message is due by the timetable. */
  #timetableNs = 0;
  #loadStartNs = 0;
  #loadEndNs = Infinity;
  #nowNs = 0;
  #openConnections = 0;
  #accepted = 0;
  #subscriptions = 0;
  #refused = new Float64Array(refusalReasonNames.length);
  #recorder: Recorder;
  #cpuAtSampleNs = 0;
  #channelNames: string[] = [];

  constructor(
    asked: ResolvedScenario,
    scale: number,
    replication: number,
    onProgress: SimulateOptions['onProgress'] | null,
  ) {
    const { model: input, factor } = scaleModel(asked, scale);
    const { scenario, machine, settings, profile } = input;
    const { workload } = scenario;
    this.#input = input;
    this.#asked = asked;
    this.#scale = factor;
    this.#onProgress = onProgress;
    this.#profile = profile;
    this.#quota = new CpuQuota(machine.cpuLimitCores);
    this.#socketMemory = new SocketMemory((machine.tcpMemoryBytes ?? machine.memoryBytes * tcpMemoryShare) / factor);
    this.#cpu = new Cpu(Math.max(1, Math.round(machine.vcpus)), this.#quota, this.#events, Kind);
    this.#sharedCore = new SharedCore(new RandomStream(scenario.seed, 'placement', replication), profile.loadClient);
    const clients = connectionsAsked(scenario);
    this.#channels = new Channels(workload);
    this.#sizes = new MessageSizes(workload);
    this.#clientPlan = new ClientPlan(workload, clients);
    this.#curve = workload.rateCurve === undefined ? null : new RateCurve(workload.rateCurve);
    this.#returning = new ReturningClients(scenario, this.#channels);
    this.#accounts = new ClientAccounts(clients, clients - workload.connections, (client) =>
      this.#returning.initialSequence(client),
    );
    this.#turnover = new Turnover({ scenario, clients, replication, events: this.#events, kinds: Kind, world: this });
    this.#clients = new Clients({
      groups: this.#clientPlan.groups,
      machine,
      connectionsMax: settings.connectionsMax,
      sameMachine: scenario.loadOnSameMachine,
      events: this.#events,
      kinds: Kind,
      hosts: this.#hosts,
      loadClient: scenario.loadOnSameMachine ? profile.loadClient : null,
      sharedCore: this.#sharedCore,
      scale: factor,
      rememberNewest: this.#returning.anyThrownOut,
      world: this,
    });
    this.#admission = new Admission(settings);
    this.#arrivalTimes = new RandomStream(scenario.seed, 'publish', replication);
    this.#intakeHost = new IntakeHost({ settings, shards: scenario.shards, profile, world: this });
    this.#intakeLoop = this.#cpu.add(this.#intakeHost, true);
    for (let host = 0; host < scenario.shards; host += 1) this.#addShard(host);
    if (scenario.loadOnSameMachine) {
      this.#clientLoop = this.#cpu.add(new LoadClientHost(this.#clients.inFlight, profile, this.#clients), false);
    }
    this.#clientHost = new Int16Array(clients).fill(-1);
    this.#clientConnection = new Int32Array(clients).fill(-1);
    this.#clientPresent = new Uint8Array(clients);
    this.#pendingAccepts = workload.connections;
    for (let channel = 0; channel < workload.channels; channel += 1) this.#channelNames.push(channelName(channel));
    this.#recorder = new Recorder(asked);
  }

  run(): RunReport {
    const { workload } = this.#input.scenario;
    this.#events.schedule(0, Kind.connect, 0);
    this.#events.schedule(sampleIntervalNs, Kind.sample, 0);
    const events = this.#events;
    let endNs = Infinity;
    while (events.pop()) {
      this.#nowNs = events.timeNs;
      if (this.#nowNs >= endNs) break;
      this.#handle(events.kind, events.argument);
      if (this.#loadEndNs !== Infinity && endNs === Infinity) endNs = this.#loadEndNs + settleNs;
      if (this.#nowNs > this.#loadEndNs && this.#isSettled()) break;
    }
    this.#assertBalanced();
    assert(this.#loadStartNs > 0 || workload.connections === 0, 'the load never started');
    const whole = (count: number): number => this.#whole(count);
    const counts = connectionCounts({
      asked: this.#asked,
      modelled: connectionsAsked(this.#input.scenario),
      accepted: this.#accepted,
      refusedByReason: this.#refused,
      factor: this.#scale,
    });
    return this.#recorder.report('predicted', this.#sample(), this.#clients.windowLatency, {
      ...scaledLedger(
        this.#hosts.map(({ shard }) => shard),
        {
          received: this.#clients.received,
          inTransit: this.#clients.inTransit,
          lost: this.#clients.lost,
        },
        this.#scale,
      ),
      clients: this.#returning.report(whole),
      unknown: 0,
      intake: this.#intakeHost.intake.ledger,
      stream: this.#intakeHost.stream.counters,
      refusedByReason: [counts.refusedByReason],
      accepted: counts.accepted,
      latencyScale: this.#scale,
      throttledSeconds: this.#quota.throttledNs / nanosecondsPerSecond,
    });
  }

  /** After `run`. A broadcast under way is finished for it. */
  account(): ServerAccount {
    for (const { shard } of this.#hosts) shard.settleBroadcast();
    const dropped = this.#hosts.reduce((sum, { shard }) => sum + shard.ledger.dropped, 0);
    const replayed = this.#hosts.reduce((sum, { shard }) => sum + shard.ledger.replayed, 0);
    const closed = this.#hosts.reduce(
      (sum, { shard }) => sum + shard.ledger.droppedByReason[DropReason.connectionClosed],
      0,
    );
    return this.#accounts.settle(
      {
        published: this.#published,
        received: this.#clients.received,
        missed: this.#returning.missed + this.#returning.owedAgain - replayed,
        droppedByPolicy: dropped - closed,
        queued: this.#queued(),
        inTransit: this.#clients.inTransit,
        lost: this.#clients.lost,
        recoveredClients: this.#returning.recovered,
      },
      (client) => this.#hosts[this.#clientHost[client]].messagesTaken,
    );
  }

  /** A count of the model as the count that it stands for. */
  #whole(count: number): number {
    return Math.round(count * this.#scale);
  }

  #handle(kind: number, argument: number): void {
    const nowNs = this.#nowNs;
    switch (kind) {
      case Kind.turnEnd:
        return this.#cpu.turnEnded(argument, nowNs);
      case Kind.throttleEnd:
        return this.#cpu.throttleEnded(argument, nowNs);
      case Kind.shardTimer:
        this.#shardTimerNs[argument] = Infinity;
        return this.#cpu.wake(this.#hostLoops[argument], nowNs);
      case Kind.intakeTimer:
        this.#intakeTimerNs = Infinity;
        return this.#cpu.wake(this.#intakeLoop, nowNs);
      case Kind.clientTimer:
        this.#clients.timerFired();
        return this.#cpu.wake(this.#clientLoop, nowNs);
      case Kind.handOver:
        return this.#handOverArrived(argument);
      case Kind.arrivals:
        return this.#clients.takeArrivals(argument);
      case Kind.linkArrival:
        return this.#clients.takeLinkArrival(argument);
      case Kind.connect:
        return this.#connect(argument);
      case Kind.publish:
        return this.#publish();
      case Kind.sample:
        return this.#takeSample();
      case Kind.faultStart:
        return this.#fault(argument, true);
      case Kind.faultEnd:
        return this.#fault(argument, false);
      case Kind.churn:
        if (this.#publishing) this.#turnover.churn();
        return;
      case Kind.drainClient:
        return this.#turnover.drainClient(argument);
      case Kind.serverDown:
        return this.#turnover.serverDown(nowNs);
      case Kind.retry:
        return this.#connect(argument);
      case Kind.windowStart:
        return this.#recorder.windowStarted(this.#sample());
      default:
        this.#publishing = false;
        this.#loadEndNs = nowNs;
        this.#windowEnded();
        this.#recorder.windowEnded(this.#sample());
    }
  }

  burstEnded(host: number): void {
    this.#sharedCore.burstEnded(host, this.#nowNs);
  }

  get clientIsIdle(): boolean {
    return this.#clients.inFlight.count === 0 && this.#cpu.isIdle(this.#clientLoop);
  }

  get clientBusyNs(): number {
    return this.#cpu.busyNs[this.#clientLoop];
  }

  clientUsed(ns: number): void {
    this.#cpu.busyNs[this.#clientLoop] += ns;
  }

  wakeShard(host: number): void {
    this.#cpu.wake(this.#hostLoops[host], this.#nowNs);
  }

  // Shards and the main thread --------------------------------------------------------------------------------------

  #addShard(host: number): void {
    const { scenario, settings } = this.#input;
    const shardHost = new ShardHost({
      host,
      settings,
      shards: scenario.shards,
      profile: this.#profile,
      deliveryExtraNs: deliveryCostAt(this.#profile, scenario.workload.ratePerSecond),
      socketBufferBytes: this.#profile.memory.socketBufferBytes,
      socketMemory: this.#socketMemory,
      scale: this.#scale,
      world: this,
      sockets: this.#clients,
    });
    shardHost.onAccepted(
      (client, connection) => this.#admitted(client, host, connection),
      (client, connection) => this.#subscribe(client, shardHost, connection),
    );
    this.#hosts.push(shardHost);
    this.#hostLoops.push(this.#cpu.add(shardHost, true));
    this.#shardTimerNs.push(Infinity);
    this.#handOvers.push([]);
    this.#connectionClient.push(new Int32Array(settings.connectionsMax).fill(-1));
    this.#clients.addShard();
  }

  wantsTimer(host: number, dueNs: number): void {
    if (dueNs === Infinity) return;
    const atNs =
      Math.ceil(Math.max(dueNs, this.#nowNs) / timerGrainNs) * timerGrainNs + Math.round(this.#profile.timerSlackNs);
    if (this.#shardTimerNs[host] <= atNs) return;
    this.#shardTimerNs[host] = atNs;
    this.#events.schedule(atNs, Kind.shardTimer, host);
  }

  wantsIntakeTimer(dueNs: number): void {
    if (dueNs === Infinity || this.#intakeTimerNs <= dueNs) return;
    const atNs = Math.max(dueNs, this.#nowNs);
    this.#intakeTimerNs = atNs;
    this.#events.schedule(atNs, Kind.intakeTimer, 0);
  }

  creditsReturned(host: number, credits: number, nowNs: number): void {
    this.#intakeHost.intake.creditsReturned(host, credits);
    if (this.#intakeHost.stream.pendingMessages > 0) this.#cpu.wake(this.#intakeLoop, nowNs);
  }

  handOver(shard: number, frame: SimulatedFrame, missed: boolean, atNs: number): void {
    this.#handOvers[shard].push({ frame, missed });
    this.#events.schedule(atNs, Kind.handOver, shard);
  }

  handOverLoss(range: LostRange, atNs: number): void {
    for (let shard = 0; shard < this.#handOvers.length; shard += 1) {
      this.#handOvers[shard].push({ range });
      this.#events.schedule(atNs, Kind.handOver, shard);
    }
  }

  #handOverArrived(shard: number): void {
    const handOver = this.#handOvers[shard].shift();
    assert(handOver !== undefined, 'a hand-over without a message');
    if ('range' in handOver) this.#hosts[shard].messagesLost(handOver.range);
    else if (handOver.missed) this.#hosts[shard].messageMissed(handOver.frame);
    else this.#hosts[shard].messageDelivered(handOver.frame);
    this.#cpu.wake(this.#hostLoops[shard], this.#nowNs);
  }

  // Clients ---------------------------------------------------------------------------------------------------------

  #connect(client: number): void {
    if (
      this.#lostAtNs !== Infinity ||
      this.#clientPresent[client] === 1 ||
      !this.#turnover.reaches(client, this.#nowNs)
    )
      return;
    const { workload, shards } = this.#input.scenario;
    const { settings } = this.#input;
    const refusal = this.#admission.decide({
      connections: this.#openConnections,
      tasks: activeTasks(this.#openConnections, settings.workerPoolSize),
    });
    if (refusal === null) {
      this.#openConnections += 1;
      this.#clientPresent[client] = 1;
      // The kernel spreads connections over the shards' sockets: 12,000 split 5,981 to 6,019 (measured), even enough.
      const host = client % shards;
      this.#clientHost[client] = host;
      this.#hosts[host].clientAccepted(client);
      this.#cpu.wake(this.#hostLoops[host], this.#nowNs);
    } else {
      this.#refused[refusal] += 1;
      this.#accounts.refused(client);
      this.#acceptSettled();
    }
    const next = client + 1;
    if (this.#loadStartNs === 0 && next < workload.connections) {
      this.#events.schedule(
        Math.round((next * nanosecondsPerSecond) / workload.rampConnectionsPerSecond),
        Kind.connect,
        next,
      );
    }
  }

  #admitted(client: number, host: number, connection: number): void {
    if (connection < 0) {
      // Every number is taken, those of connections that closed a moment ago included: as the server does.
      this.#openConnections -= 1;
      this.#clientPresent[client] = 0;
      this.#refused[RefusalReason.connections] += 1;
      this.#accounts.refused(client);
      return this.#acceptSettled();
    }
    this.#accepted += 1;
    this.#clientConnection[client] = connection;
    this.#connectionClient[host][connection] = client;
    const plan = this.#clientPlan;
    this.#clients.connectionOpened(host, connection, plan.groupOf(client), plan.stalls(client));
    this.#turnover.connectionOpened(client);
    this.#acceptSettled();
  }

  #subscribe(client: number, host: ShardHost, connection: number): void {
    const count = this.#clientPlan.subscriptionsOf(client);
    const since = this.#returning.sinceOf(client);
    // As the server does: none of the broadcast under way, all of the next.
    if (since !== null) host.shard.settleBroadcast();
    for (let offset = 0; offset < count; offset += 1) {
      host.shard.subscribe(connection, this.#channelNames[this.#channels.subscribed(client, offset, count)]);
    }
    this.#subscriptions += count;
    if (since !== null) this.#returning.recover(client, host, connection, since, this.#channelNames, count);
    const { newestSequence } = host.shard.history;
    this.#accounts.subscribed(client, since, newestSequence, host.messagesTaken);
  }

  #acceptSettled(): void {
    this.#settledAccepts += 1;
    if (this.#settledAccepts === this.#pendingAccepts && this.#loadStartNs === 0) this.#startLoad();
  }

  connectionEnded(host: number, connection: number, taken: number, dropped: number): void {
    const client = this.#connectionClient[host][connection];
    if (this.#returning.anyThrownOut) {
      this.#returning.thrownOut(client, this.#clients.newestPublishedNs(host, connection));
    }
    this.#accounts.ended(client, taken, dropped);
    this.#connectionClient[host][connection] = -1;
    this.#clientConnection[client] = -1;
    this.#clientPresent[client] = 0;
    this.#openConnections -= 1;
    this.#subscriptions -= this.#clientPlan.subscriptionsOf(client);
    this.#clients.connectionEnded(host, connection);
    this.#turnover.connectionEnded(client, this.#nowNs);
  }

  // The load --------------------------------------------------------------------------------------------------------

  #startLoad(): void {
    const { workload, faults } = this.#input.scenario;
    // On the next whole second, so that intervals and load start together.
    const startNs = (Math.floor(this.#nowNs / sampleIntervalNs) + 1) * sampleIntervalNs;
    this.#loadStartNs = startNs;
    const windowStartNs = startNs + secondsToNs(workload.warmUpSeconds);
    this.#clients.windowStartNs = windowStartNs;
    this.#clients.windowEndNs = startNs + secondsToNs(workload.durationSeconds);
    const endNs = startNs + secondsToNs(workload.durationSeconds);
    this.#publishing = true;
    this.#timetableNs = startNs;
    if (this.#curve === null) this.#events.schedule(startNs, Kind.publish, 0);
    else this.#scheduleNextMessage();
    this.#turnover.loadStarted(startNs);
    this.#events.schedule(windowStartNs, Kind.windowStart, 0);
    this.#events.schedule(endNs, Kind.loadEnd, 0);
    faults.forEach((fault, index) => {
      for (const atSeconds of faultBeginnings(fault, workload.durationSeconds)) {
        this.#events.schedule(startNs + secondsToNs(atSeconds), Kind.faultStart, index);
        if (fault.kind === 'server-lost' || fault.kind === 'clients-join') return;
        this.#events.schedule(startNs + secondsToNs(atSeconds + secondsOf(fault)), Kind.faultEnd, index);
      }
    });
  }

  #publish(): void {
    if (!this.#publishing) return;
    const channel = this.#channelNames[this.#channels.published(this.#published)];
    const sizeBytes = this.#sizes.of(this.#published);
    this.#published += 1;
    this.#returning.published(this.#nowNs);
    const frame: SimulatedFrame = {
      sizeBytes,
      sequence: this.#published,
      channel,
      publishedAtNs: this.#nowNs,
    };
    const sequence = this.#intakeHost.stream.publish(frame, channel, sizeBytes, this.#nowNs);
    assert(sequence === frame.sequence, () => `the stream numbered message ${frame.sequence} as ${sequence}`);
    if (this.#intakeHost.connected) this.#cpu.wake(this.#intakeLoop, this.#nowNs);
    this.#scheduleNextMessage();
  }

  #scheduleNextMessage(): void {
    const { workload } = this.#input.scenario;
    const gapNs = nanosecondsPerSecond / (workload.ratePerSecond * this.#rateFactor);
    const stepNs = workload.arrivals === 'poisson' ? this.#arrivalTimes.exponential(gapNs) : gapNs;
    if (this.#curve === null) this.#timetableNs += stepNs;
    else {
      const sinceStart = (this.#timetableNs - this.#loadStartNs) / nanosecondsPerSecond;
      const seconds = this.#curve.secondsAfter(sinceStart, stepNs / nanosecondsPerSecond);
      // The curve may end at nothing.
      if (seconds === Infinity) return;
      this.#timetableNs = this.#loadStartNs + seconds * nanosecondsPerSecond;
    }
    // The publisher keeps a timetable with timers of a millisecond: each message is late by up to one.
    const lateNs = this.#arrivalTimes.nextUnit() * timerGrainNs;
    this.#events.schedule(Math.max(this.#nowNs + 1, Math.round(this.#timetableNs + lateNs)), Kind.publish, 0);
  }

  #fault(index: number, begins: boolean): void {
    const fault = this.#input.scenario.faults[index];
    switch (fault.kind) {
      case 'rate-burst':
        if (begins) this.#bursts.set(index, fault.factor);
        else this.#bursts.delete(index);
        this.#rateFactor = 1;
        for (const factor of this.#bursts.values()) this.#rateFactor *= factor;
        return;
      case 'bus-outage':
        this.#intakeHost.connectionChanged(!begins);
        return this.#cpu.wake(this.#intakeLoop, this.#nowNs);
      case 'server-lost':
        return this.#loseServer();
      case 'clients-join':
        for (let joined = 0; joined < fault.connections; joined += 1) {
          const atNs = this.#nowNs + Math.round((joined * nanosecondsPerSecond) / fault.ratePerSecond);
          this.#events.schedule(atNs, Kind.connect, this.#returning.firstOf(index) + joined);
        }
        return;
      case 'server-restart':
        if (begins) this.#turnover.restartBegan(fault, index, this.#nowNs);
        else this.#turnover.restartEnded(this.#nowNs);
        return;
      default:
        return this.#disturbClients(fault, begins);
    }
  }

  #disturbClients(fault: Extract<Fault, { kind: 'clients-stall' | 'reconnect-storm' }>, begins: boolean): void {
    const { connections } = this.#input.scenario.workload;
    for (let client = 0; client < connections; client += 1) {
      if (!isChosen(client, fault.share)) continue;
      const host = this.#clientHost[client];
      const connection = this.#clientConnection[client];
      if (fault.kind === 'clients-stall') {
        if (connection >= 0) this.#clients.setStalled(host, connection, begins);
      } else if (begins && connection >= 0) {
        this.#hosts[host].clientClosed(connection);
        this.#cpu.wake(this.#hostLoops[host], this.#nowNs);
      } else if (!begins && connection < 0) {
        const delayNs = (client * nanosecondsPerSecond) / this.#input.scenario.workload.rampConnectionsPerSecond;
        this.#events.schedule(this.#nowNs + Math.round(delayNs * fault.share), Kind.connect, client);
      }
    }
  }

  isConnected(client: number): boolean {
    return this.#clientConnection[client] >= 0;
  }

  closeClient(client: number, reason: CloseReason): void {
    const host = this.#clientHost[client];
    this.#hosts[host].clientClosed(this.#clientConnection[client], reason);
    this.#cpu.wake(this.#hostLoops[host], this.#nowNs);
  }

  clientReplaced(client: number): void {
    this.#returning.replaced(client);
  }

  /** The stream is NATS's and stays; the new process has its history from there. */
  serverChanged(running: boolean): void {
    this.#intakeHost.connectionChanged(running);
    this.#cpu.wake(this.#intakeLoop, this.#nowNs);
  }

  /** What was queued goes with the connections; what was under way reaches nobody. The bus keeps what nobody fetches. */
  #loseServer(): void {
    this.#lostAtNs = this.#nowNs;
    this.#intakeHost.connectionChanged(false);
    for (let client = 0; client < this.#clientConnection.length; client += 1) {
      const connection = this.#clientConnection[client];
      if (connection >= 0) this.#hosts[this.#clientHost[client]].clientClosed(connection, CloseReason.shardCrashed);
    }
    for (const loop of this.#hostLoops) this.#cpu.wake(loop, this.#nowNs);
  }

  // Accounts --------------------------------------------------------------------------------------------------------

  #queued(): number {
    let queued = 0;
    for (const host of this.#hosts) queued += host.shard.queued;
    return queued;
  }

  #isSettled(): boolean {
    return this.#queued() === 0 && this.#clients.isQuiet && this.#hosts.every((host) => !host.shard.hasWork);
  }

  #assertBalanced(): void {
    let sent = 0;
    for (const { shard } of this.#hosts) {
      shard.ledger.assertBalanced(shard.queued);
      sent += shard.ledger.sent + shard.ledger.replayed;
    }
    this.#intakeHost.intake.ledger.assertBalanced();
    const settled = this.#clients.received + this.#clients.inTransit + this.#clients.lost;
    assert(sent === settled, () => `sent and replayed ${sent} is not received + in transit + lost = ${settled}`);
  }

  /** Messages that are still owed count as at least as late as they are when the load ends. */
  #windowEnded(): void {
    const endNs = this.#nowNs;
    const latency = this.#clients.windowLatency;
    this.#clients.windowEnded();
    for (const { shard } of this.#hosts) {
      shard.visitQueued(({ sequence, publishedAtNs }, messages) => {
        if (sequence > 0) latency.recordMany(endNs - publishedAtNs, messages);
      });
    }
    const { fanOut } = offeredRates(this.#input.scenario.workload, { connections: this.#openConnections });
    const owedTo = Math.round(fanOut);
    if (owedTo === 0) return;
    this.#intakeHost.stream.visitPending((_message, publishedAtNs) =>
      latency.recordMany(endNs - publishedAtNs, owedTo),
    );
  }

  #sample(): Sample {
    const scale = this.#scale;
    const usedNs = (loop: number): number => this.#cpu.usedNs(loop, this.#nowNs);
    const { kernelNs, collectionPauses, collectionNs, writes, bytes, sent, offered, dropped, queued, historyBytes } =
      shardTotals(this.#hosts);
    const shardNs = this.#hostLoops.map(usedNs);
    const aliveNs = Math.min(this.#nowNs, this.#lostAtNs) - this.#turnover.downNs(this.#nowNs);
    const backgroundNs = (this.#profile.cpu.perSecondNs * aliveNs) / nanosecondsPerSecond;
    return {
      atNs: this.#nowNs,
      mainNs: usedNs(this.#intakeLoop) + backgroundNs,
      shardNs,
      kernelNs,
      collectionPauses,
      collectionNs,
      loadClientNs: this.#clientLoop < 0 ? null : usedNs(this.#clientLoop),
      memoryBytes:
        this.#lostAtNs < this.#nowNs || this.#turnover.isDown
          ? 0
          : residentBytes(this.#profile, {
              shards: this.#hosts.length,
              connections: this.#openConnections,
              slotsPerConnection: this.#input.settings.sendBufferSlots,
              subscriptions: this.#subscriptions,
              bufferBytes: queued * 5 * scale,
              retainedBytes: historyBytes + this.#streamBytes(),
              deliveriesPerSecond: this.#recorder.deliveriesPerSecond(this.#whole(sent), this.#nowNs),
            }),
      kernelMemoryBytes: Math.round(
        this.#openConnections * this.#profile.memory.perConnectionKernelBytes + this.#socketMemory.heldBytes * scale,
      ),
      inTransit: this.#whole(this.#clients.inTransit),
      busWaiting: this.#intakeHost.stream.pendingMessages,
      connections: this.#whole(this.#openConnections),
      published: this.#published,
      offered: this.#whole(offered),
      sent: this.#whole(sent),
      received: this.#whole(this.#clients.received),
      writes: this.#whole(writes),
      bytes: this.#whole(bytes),
      wireBytes: this.#whole(this.#clients.wireBytes),
      dropped: this.#whole(dropped),
      naks: this.#intakeHost.intake.ledger.naked,
      queued: this.#whole(queued),
      busConnected: this.#intakeHost.connected,
    };
  }

  /** What the embedded bus keeps in the server's own process. */
  #streamBytes(): number {
    return this.#input.settings.natsUrl === null ? this.#intakeHost.stream.counters.storedBytes : 0;
  }

  #takeSample(): void {
    // Timers, metrics and compilation have no turns of their own, but they use up the quota too.
    this.#quota.charge(this.#nowNs, this.#profile.cpu.perSecondNs);
    const sample = this.#sample();
    let serverNs = sample.mainNs;
    for (const ns of sample.shardNs) serverNs += ns;
    const cores = (serverNs - this.#cpuAtSampleNs) / sampleIntervalNs;
    this.#cpuAtSampleNs = serverNs;
    this.#admission.cpuSampled(cores);
    this.#admission.memorySampled(sample.memoryBytes);
    const flushIntervalNs = flushIntervalAt(this.#admission.cpuPercent, this.#input.settings);
    for (const { shard } of this.#hosts) shard.flushIntervalChanged(flushIntervalNs);
    this.#intakeHost.intake.pauseChanged(this.#admission.ingestPaused);
    if (!this.#admission.ingestPaused && this.#intakeHost.connected) this.#cpu.wake(this.#intakeLoop, this.#nowNs);
    for (const { shard } of this.#hosts) shard.ledger.assertBalanced(shard.queued);
    if (this.#nowNs <= this.#loadEndNs) this.#recorder.interval(sample, this.#clients.intervalLatency);
    this.#clients.intervalLatency.reset();
    this.#events.schedule(this.#nowNs + sampleIntervalNs, Kind.sample, 0);
    this.#onProgress?.(this.#progress());
  }

  #progress(): SimulationProgress {
    const { connections, rampConnectionsPerSecond, durationSeconds } = this.#input.scenario.workload;
    const loadStartSeconds =
      this.#loadStartNs > 0
        ? this.#loadStartNs / nanosecondsPerSecond
        : Math.max(this.#nowNs / nanosecondsPerSecond, connections / rampConnectionsPerSecond);
    const totalSeconds = loadStartSeconds + durationSeconds;
    return { simulatedSeconds: Math.min(this.#nowNs / nanosecondsPerSecond, totalSeconds), totalSeconds };
  }
}
