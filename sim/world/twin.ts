import {
  activeTasks,
  assert,
  channelName,
  Channels,
  ClientPlan,
  CloseReason,
  connectionsAsked,
  deliveryCostAt,
  type Fault,
  faultBeginnings,
  faultSeconds,
  Governor,
  isChosen,
  type LostRange,
  MessageSizes,
  nanosecondsPerMillisecond,
  nanosecondsPerSecond,
  type Profile,
  Recorder,
  RefusalReason,
  refusalReasonNames,
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
import { scaleModel } from '../cohort.ts';
import { Cpu } from '../machine/cpu.ts';
import { CpuQuota } from '../machine/cpu-quota.ts';
import { SharedCore } from '../machine/shared-core.ts';
import { SocketMemory, tcpMemoryShare } from '../machine/socket-memory.ts';
import { Clients } from '../network/clients.ts';
import { Bookkeeping, type TwinState } from './bookkeeping.ts';
import { Publisher } from './publisher.ts';
import { ReturningClients } from './returning-clients.ts';
import { ShardHost, type SimulatedFrame } from './shard-host.ts';
import { Turnover } from './turnover.ts';
import { progressAt, type SimulateOptions } from './simulate-options.ts';

/** Node's timers and the kernel's wake-ups come in whole milliseconds. */
const timerGrainNs = nanosecondsPerMillisecond;
const sampleIntervalNs = nanosecondsPerSecond;
/** After the load, queues get this long to empty before the account is closed. */
const settleNs = secondsToNs(5);

/** What the main thread hands to a shard's thread: a message, or word of messages that will never come. */
type HandOver = { readonly frame: SimulatedFrame; readonly missed: boolean } | { readonly range: LostRange };

/** The modelled world: its parts, wired together, and the events that drive them. `simulate` runs one. */
export class Twin {
  /** What is simulated: the scenario, or its scale model. */
  #input: ResolvedScenario;
  /** How many real connections each of the model's stands for. */
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
  #governor: Governor;
  #loopsAtSampleNs: number[] = [];
  #publisher: Publisher;

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

  #channels: Channels;
  #sizes: MessageSizes;
  #clientPlan: ClientPlan;
  #loadStartNs = 0;
  #loadEndNs = Infinity;
  #nowNs = 0;
  #openConnections = 0;
  #accepted = 0;
  #subscriptions = 0;
  #refused = new Float64Array(refusalReasonNames.length);
  #recorder: Recorder;
  #bookkeeping: Bookkeeping;
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
    this.#governor = new Governor(settings);
    this.#publisher = new Publisher(scenario, replication, this.#events, Kind.publish);
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
    this.#bookkeeping = new Bookkeeping({
      asked,
      model: input,
      factor,
      cpu: this.#cpu,
      quota: this.#quota,
      hosts: this.#hosts,
      hostLoops: this.#hostLoops,
      intakeHost: this.#intakeHost,
      intakeLoop: this.#intakeLoop,
      clientLoop: this.#clientLoop,
      clients: this.#clients,
      socketMemory: this.#socketMemory,
      returning: this.#returning,
      turnover: this.#turnover,
      recorder: this.#recorder,
    });
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
      if (this.#nowNs > this.#loadEndNs && this.#bookkeeping.isSettled) break;
    }
    this.#bookkeeping.assertBalanced();
    assert(this.#loadStartNs > 0 || workload.connections === 0, 'the load never started');
    return this.#bookkeeping.report(this.#state(), this.#accepted, this.#refused);
  }

  /** After `run`. A broadcast under way is finished for it. */
  account(): ServerAccount {
    return this.#bookkeeping.account(
      this.#accounts,
      this.#publisher.published,
      (client) => this.#hosts[this.#clientHost[client]].messagesTaken,
    );
  }

  #state(): TwinState {
    return {
      nowNs: this.#nowNs,
      lostAtNs: this.#lostAtNs,
      openConnections: this.#openConnections,
      subscriptions: this.#subscriptions,
      published: this.#publisher.published,
    };
  }

  #sample(): Sample {
    return this.#bookkeeping.sample(this.#state());
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
        if (this.#publisher.isRunning) this.#turnover.churn();
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
        this.#publisher.stop();
        this.#loadEndNs = nowNs;
        this.#bookkeeping.windowEnded(nowNs, this.#openConnections);
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
    const refusal = this.#governor.admission.decide({
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
    this.#publisher.start(startNs);
    this.#turnover.loadStarted(startNs);
    this.#events.schedule(windowStartNs, Kind.windowStart, 0);
    this.#events.schedule(endNs, Kind.loadEnd, 0);
    faults.forEach((fault, index) => {
      for (const atSeconds of faultBeginnings(fault, workload.durationSeconds)) {
        this.#events.schedule(startNs + secondsToNs(atSeconds), Kind.faultStart, index);
        if (fault.kind === 'server-lost' || fault.kind === 'clients-join') return;
        this.#events.schedule(startNs + secondsToNs(atSeconds + faultSeconds(fault)), Kind.faultEnd, index);
      }
    });
  }

  #publish(): void {
    const publisher = this.#publisher;
    if (!publisher.isRunning) return;
    const channel = this.#channelNames[this.#channels.published(publisher.published)];
    const sizeBytes = this.#sizes.of(publisher.published);
    publisher.published += 1;
    this.#returning.published(this.#nowNs);
    const frame: SimulatedFrame = {
      sizeBytes,
      sequence: publisher.published,
      channel,
      publishedAtNs: this.#nowNs,
    };
    const sequence = this.#intakeHost.stream.publish(frame, channel, sizeBytes, this.#nowNs);
    assert(sequence === frame.sequence, () => `the stream numbered message ${frame.sequence} as ${sequence}`);
    if (this.#intakeHost.connected) this.#cpu.wake(this.#intakeLoop, this.#nowNs);
    this.#publisher.scheduleNext(this.#nowNs);
  }

  #fault(index: number, begins: boolean): void {
    const fault = this.#input.scenario.faults[index];
    switch (fault.kind) {
      case 'rate-burst':
        if (begins) this.#publisher.burstBegan(index, fault.factor);
        else this.#publisher.burstEnded(index);
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
      case 'clients-stall':
      case 'reconnect-storm':
        return this.#disturbClients(fault, begins);
      default:
        fault satisfies never;
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

  #takeSample(): void {
    // Timers, metrics and compilation have no turns of their own, but they use up the quota too.
    this.#quota.charge(this.#nowNs, this.#profile.cpu.perSecondNs);
    const sample = this.#sample();
    const loopNs = [sample.mainNs, ...sample.shardNs];
    const loopCores = loopNs.map((ns, loop) => (ns - (this.#loopsAtSampleNs[loop] ?? 0)) / sampleIntervalNs);
    this.#loopsAtSampleNs = loopNs;
    const cores = loopCores.reduce((sum, one) => sum + one, 0);
    const { flushIntervalNs, paused } = this.#governor.sampled({ cores, loopCores, memoryBytes: sample.memoryBytes });
    for (const { shard } of this.#hosts) shard.flushIntervalChanged(flushIntervalNs);
    this.#intakeHost.intake.pauseChanged(paused);
    if (!paused && this.#intakeHost.connected) this.#cpu.wake(this.#intakeLoop, this.#nowNs);
    for (const { shard } of this.#hosts) shard.ledger.assertBalanced(shard.queued);
    if (this.#nowNs <= this.#loadEndNs) this.#recorder.interval(sample, this.#clients.intervalLatency);
    this.#clients.intervalLatency.reset();
    this.#events.schedule(this.#nowNs + sampleIntervalNs, Kind.sample, 0);
    this.#onProgress?.(progressAt(this.#nowNs, this.#loadStartNs, this.#input.scenario.workload));
  }
}
