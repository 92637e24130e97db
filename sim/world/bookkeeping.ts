import {
  assert,
  connectionsAsked,
  DropReason,
  nanosecondsPerSecond,
  offeredRates,
  type Recorder,
  residentBytes,
  type ResolvedScenario,
  type RunReport,
  type Sample,
} from '#core';
import type { Cpu } from '../machine/cpu.ts';
import type { CpuQuota } from '../machine/cpu-quota.ts';
import type { SocketMemory } from '../machine/socket-memory.ts';
import type { Clients } from '../network/clients.ts';
import type { ClientAccounts, ServerAccount } from './client-accounts.ts';
import type { IntakeHost } from './intake-host.ts';
import type { ReturningClients } from './returning-clients.ts';
import { connectionCounts, scaledLedger } from './scaled-accounts.ts';
import type { ShardHost } from './shard-host.ts';
import { shardTotals } from './shard-totals.ts';
import type { Turnover } from './turnover.ts';

/** The parts of a twin that have something to say for its samples and its report. */
export interface TwinParts {
  readonly asked: ResolvedScenario;
  /** What is simulated: the scenario, or its scale model. */
  readonly model: ResolvedScenario;
  /** Real connections that one of the model stands for. */
  readonly factor: number;
  readonly cpu: Cpu;
  readonly quota: CpuQuota;
  readonly hosts: readonly ShardHost[];
  readonly hostLoops: readonly number[];
  readonly intakeHost: IntakeHost;
  readonly intakeLoop: number;
  /** -1 where no load client shares the machine. */
  readonly clientLoop: number;
  readonly clients: Clients;
  readonly socketMemory: SocketMemory;
  readonly returning: ReturningClients;
  readonly turnover: Turnover;
  readonly recorder: Recorder;
}

/** What the twin itself knows, at one moment. */
export interface TwinState {
  readonly nowNs: number;
  /** When the server died; Infinity while it lives. */
  readonly lostAtNs: number;
  readonly openConnections: number;
  readonly subscriptions: number;
  readonly published: number;
}

/** Reads the twin's parts: samples, the report, and the laws that its ledgers keep. Of these only `windowEnded` adds to them. */
export class Bookkeeping {
  #parts: TwinParts;

  constructor(parts: TwinParts) {
    this.#parts = parts;
  }

  sample({ nowNs, lostAtNs, openConnections, subscriptions, published }: TwinState): Sample {
    const { cpu, hosts, hostLoops, intakeHost, intakeLoop, clientLoop, clients, turnover } = this.#parts;
    const { settings, profile } = this.#parts.model;
    const { kernelNs, collectionPauses, collectionNs, writes, bytes, sent, offered, dropped, queued, historyBytes } =
      shardTotals(hosts);
    const usedNs = (loop: number): number => cpu.usedNs(loop, nowNs);
    const aliveNs = Math.min(nowNs, lostAtNs) - turnover.downNs(nowNs);
    const backgroundNs = (profile.cpu.perSecondNs * aliveNs) / nanosecondsPerSecond;
    return {
      atNs: nowNs,
      mainNs: usedNs(intakeLoop) + backgroundNs,
      shardNs: hostLoops.map(usedNs),
      kernelNs,
      collectionPauses,
      collectionNs,
      loadClientNs: clientLoop < 0 ? null : usedNs(clientLoop),
      memoryBytes:
        lostAtNs < nowNs || turnover.isDown
          ? 0
          : residentBytes(profile, {
              shards: hosts.length,
              connections: openConnections,
              slotsPerConnection: settings.sendBufferSlots,
              subscriptions,
              bufferBytes: queued * 5 * this.#parts.factor,
              retainedBytes: historyBytes + this.#streamBytes(),
              deliveriesPerSecond: this.#parts.recorder.deliveriesPerSecond(this.#whole(sent), nowNs),
            }),
      kernelMemoryBytes: Math.round(
        openConnections * profile.memory.perConnectionKernelBytes +
          this.#parts.socketMemory.heldBytes * this.#parts.factor,
      ),
      inTransit: this.#whole(clients.inTransit),
      busWaiting: intakeHost.stream.pendingMessages,
      connections: this.#whole(openConnections),
      published,
      offered: this.#whole(offered),
      sent: this.#whole(sent),
      received: this.#whole(clients.received),
      writes: this.#whole(writes),
      bytes: this.#whole(bytes),
      wireBytes: this.#whole(clients.wireBytes),
      dropped: this.#whole(dropped),
      naks: intakeHost.intake.ledger.naked,
      queued: this.#whole(queued),
      busConnected: intakeHost.connected,
    };
  }

  report(state: TwinState, accepted: number, refused: Float64Array): RunReport {
    const { asked, model, factor, hosts, intakeHost, clients, returning, recorder, quota } = this.#parts;
    const counts = connectionCounts({
      asked,
      modelled: connectionsAsked(model.scenario),
      accepted,
      refusedByReason: refused,
      factor,
    });
    return recorder.report('predicted', this.sample(state), clients.windowLatency, {
      ...scaledLedger(
        hosts.map(({ shard }) => shard),
        { received: clients.received, inTransit: clients.inTransit, lost: clients.lost },
        factor,
      ),
      clients: returning.report((count) => this.#whole(count)),
      unknown: 0,
      intake: intakeHost.intake.ledger,
      stream: intakeHost.stream.counters,
      refusedByReason: [counts.refusedByReason],
      accepted: counts.accepted,
      latencyScale: factor,
      throttledSeconds: quota.throttledNs / nanosecondsPerSecond,
    });
  }

  /** @param takenOf messages that a client's shard has taken up by the end; a broadcast under way is finished first */
  account(accounts: ClientAccounts, published: number, takenOf: (client: number) => number): ServerAccount {
    const { hosts, clients, returning } = this.#parts;
    for (const { shard } of hosts) shard.settleBroadcast();
    const { dropped, queued } = shardTotals(hosts);
    let replayed = 0;
    let closed = 0;
    for (const { shard } of hosts) {
      replayed += shard.ledger.replayed;
      closed += shard.ledger.droppedByReason[DropReason.connectionClosed];
    }
    return accounts.settle(
      {
        published,
        received: clients.received,
        missed: returning.missed + returning.owedAgain - replayed,
        droppedByPolicy: dropped - closed,
        queued,
        inTransit: clients.inTransit,
        lost: clients.lost,
        recoveredClients: returning.recovered,
      },
      takenOf,
    );
  }

  get isSettled(): boolean {
    const { hosts, clients } = this.#parts;
    return clients.isQuiet && hosts.every(({ shard }) => shard.queued === 0 && !shard.hasWork);
  }

  assertBalanced(): void {
    const { hosts, intakeHost, clients } = this.#parts;
    let sent = 0;
    for (const { shard } of hosts) {
      shard.ledger.assertBalanced(shard.queued);
      sent += shard.ledger.sent + shard.ledger.replayed;
    }
    intakeHost.intake.ledger.assertBalanced();
    const settled = clients.received + clients.inTransit + clients.lost;
    assert(sent === settled, () => `sent and replayed ${sent} is not received + in transit + lost = ${settled}`);
  }

  /** Messages that are still owed count as at least as late as they are when the load ends. */
  windowEnded(endNs: number, openConnections: number): void {
    const { hosts, intakeHost, clients, model } = this.#parts;
    const latency = clients.windowLatency;
    clients.windowEnded();
    for (const { shard } of hosts) {
      shard.visitQueued(({ sequence, publishedAtNs }, messages) => {
        if (sequence > 0) latency.recordMany(endNs - publishedAtNs, messages);
      });
    }
    const { fanOut } = offeredRates(model.scenario.workload, { connections: openConnections });
    const owedTo = Math.round(fanOut);
    if (owedTo === 0) return;
    intakeHost.stream.visitPending((_message, publishedAtNs) => latency.recordMany(endNs - publishedAtNs, owedTo));
  }

  /** A count of the model as the count that it stands for. */
  #whole(count: number): number {
    return Math.round(count * this.#parts.factor);
  }

  /** What the embedded bus keeps in the server's own process. */
  #streamBytes(): number {
    const { model, intakeHost } = this.#parts;
    return model.settings.natsUrl === null ? intakeHost.stream.counters.storedBytes : 0;
  }
}
