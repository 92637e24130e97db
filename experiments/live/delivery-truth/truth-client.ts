import { matchesPattern } from '#core';
import type { Publication } from './publications.ts';

/** A time in which the client is owed everything of one subscription, from `after` on, in one stream. */
interface Owed {
  readonly name: string;
  readonly epoch: string;
  readonly after: number;
  /** First message that came, which says which stream this was; 0 for none. */
  firstId: number;
  /** Highest sequence that came; where the client goes on from. */
  reached: number;
  isOpen: boolean;
}

interface Gap {
  readonly epoch: string;
  readonly from: number;
  readonly through: number;
}

type Frame = { readonly type: string; readonly [field: string]: unknown };

/**
 * A client that keeps an account of what it is owed: all that matches its subscriptions from the moment they were confirmed,
 * through every reconnection that was said to be complete. What it is told to have missed it is not owed.
 */
export class TruthClient {
  readonly received = new Set<number>();
  duplicates = 0;
  reordered = 0;
  recoveries = { complete: 0, incomplete: 0 };
  gapNotices = 0;
  welcomes = 0;
  #ports: readonly number[];
  #names: readonly string[];
  #owed: Owed[] = [];
  #gaps: Gap[] = [];
  #socket: WebSocket | null = null;
  #epoch = '';
  #asked: readonly Owed[] = [];
  #stopping = false;
  #newestOfChannel = new Map<string, number>();
  #turn = 0;
  /** Told of each message: which stream an epoch means. */
  #onMessage: (epoch: string, id: number) => void;

  constructor(ports: readonly number[], names: readonly string[], onMessage: (epoch: string, id: number) => void) {
    this.#ports = ports;
    this.#names = names;
    this.#onMessage = onMessage;
    this.#connect();
  }

  get isSubscribed(): boolean {
    return this.#socket !== null && this.#owed.some(({ isOpen }) => isOpen);
  }

  /** Whether all of these that match its subscriptions have come. */
  hasAll(publications: readonly Publication[]): boolean {
    return publications.every(
      ({ id, channel }) =>
        this.received.has(id) || !this.#names.some((name) => name === channel || matchesPattern(name, channel)),
    );
  }

  /** Leaves without a word and comes back, to the next server where there are several. */
  reconnect(): void {
    this.#socket?.close();
  }
  stop(): void {
    this.#stopping = true;
    this.#socket?.close();
  }

  /** @returns the confirmed messages that it was owed, and those of them that never came and were not told of */
  account(
    confirmed: readonly Publication[],
    lifeOfEpoch: ReadonlyMap<string, number>,
  ): { readonly owed: number; readonly missing: Publication[] } {
    const missing = new Map<number, Publication>();
    let owed = 0;
    const lives = new Map(confirmed.map(({ id, life }) => [id, life]));
    for (const { name, epoch, after, firstId, reached, isOpen } of this.#owed) {
      const life = lives.get(firstId) ?? lifeOfEpoch.get(epoch);
      for (const publication of confirmed) {
        const { sequence, channel, id } = publication;
        if (publication.life !== life || sequence <= after || (!isOpen && sequence > reached)) continue;
        if (name !== channel && !matchesPattern(name, channel)) continue;
        owed += 1;
        if (!this.received.has(id) && !this.#wasTold(epoch, sequence)) missing.set(id, publication);
      }
    }
    return { owed, missing: [...missing.values()] };
  }

  #wasTold(epoch: string, sequence: number): boolean {
    return this.#gaps.some((gap) => gap.epoch === epoch && gap.from <= sequence && sequence <= gap.through);
  }

  #connect(): void {
    if (this.#stopping) return;
    const port = this.#ports[this.#turn % this.#ports.length];
    this.#turn += 1;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    this.#socket = socket;
    let isFirst = true;
    socket.addEventListener('message', ({ data }) => {
      const frame: Frame = JSON.parse(String(data));
      this.#heard(frame, isFirst, socket);
      if (frame.type === 'welcome') isFirst = false;
    });
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', () => {
      this.#socket = null;
      setTimeout(() => this.#connect(), 100 + 50 * (this.#turn % 7));
    });
  }

  #heard(frame: Frame, isFirst: boolean, socket: WebSocket): void {
    if (frame.type === 'welcome') this.#welcomed(String(frame['epoch']), isFirst, socket);
    else if (frame.type === 'subscribed') this.#subscribed(frame);
    else if (frame.type === 'message') this.#message(frame);
    else if (frame.type === 'gap') {
      this.gapNotices += 1;
      this.#gaps.push({ epoch: this.#epoch, from: Number(frame['fromSeq']), through: Number(frame['toSeq']) });
    }
  }

  #welcomed(epoch: string, isFirst: boolean, socket: WebSocket): void {
    this.welcomes += 1;
    if (!isFirst) {
      // Sequences begin again on this connection: what was owed of the old stream ends with what came of it.
      for (const owed of this.#owed) owed.isOpen = false;
      this.#epoch = epoch;
      this.#newestOfChannel.clear();
      for (const name of this.#names) this.#open(name, 0);
      return;
    }
    const since: Record<string, number> = {};
    const asked = this.#owed.filter(({ isOpen }) => isOpen);
    for (const { name, reached } of asked) since[name] = reached;
    const epochAsked = this.#epoch;
    if (epochAsked !== epoch) this.#newestOfChannel.clear();
    this.#asked = asked;
    this.#epoch = epoch;
    const request = { type: 'subscribe', channels: this.#names };
    socket.send(JSON.stringify(asked.length === 0 ? request : { ...request, since, epoch: epochAsked }));
  }

  #subscribed(frame: Frame): void {
    const recovered = (frame['recovered'] ?? {}) as Record<string, boolean>;
    const sequence = Number(frame['seq']);
    for (const owed of this.#asked) {
      if (recovered[owed.name] === true) this.recoveries.complete += 1;
      else {
        this.recoveries.incomplete += 1;
        owed.isOpen = false;
      }
    }
    this.#asked = [];
    for (const name of this.#names) {
      if (!this.#owed.some((owed) => owed.isOpen && owed.name === name)) this.#open(name, sequence);
    }
  }

  #open(name: string, after: number): void {
    this.#owed.push({ name, epoch: this.#epoch, after, firstId: 0, reached: after, isOpen: true });
  }

  #message(frame: Frame): void {
    const id = (frame['data'] as { readonly n: number }).n;
    const channel = String(frame['channel']);
    const sequence = Number(frame['seq']);
    for (const owed of this.#owed) {
      if (!owed.isOpen || (owed.name !== channel && !matchesPattern(owed.name, channel))) continue;
      owed.reached = Math.max(owed.reached, sequence);
      if (owed.firstId === 0) owed.firstId = id;
    }
    this.#onMessage(this.#epoch, id);
    if (this.received.has(id)) {
      this.duplicates += 1;
      return;
    }
    this.received.add(id);
    if (sequence < (this.#newestOfChannel.get(channel) ?? 0)) this.reordered += 1;
    this.#newestOfChannel.set(channel, Math.max(sequence, this.#newestOfChannel.get(channel) ?? 0));
  }
}
