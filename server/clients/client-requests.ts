import {
  decodeRequest,
  encodeError,
  encodePong,
  encodeSubscribed,
  encodeUnsubscribed,
  type Frame,
  isPattern,
  type KeepAlive,
  type Settings,
  type Shard,
} from '#core';
import { wallMs } from '../clock.ts';
import { type Entitlement, mayTake } from './tokens.ts';

/** Tokens of a pattern at the most: a match visits at most two to the power of these that a channel has as well. */
const patternTokensMax = 16;

/** What clients ask of a shard (`core/broadcast/protocol.ts`), and how each is answered. */
export class ClientRequests<F extends Frame> {
  errors = 0;
  recoveries = 0;
  recoveriesFailed = 0;
  /** Identity of the stream whose sequences are sent now. */
  epoch: string;

  #settings: Pick<Settings, 'channelsPerClientMax'>;
  #shard: Shard<F>;
  #keepAlive: KeepAlive;

  constructor(options: {
    readonly settings: Pick<Settings, 'channelsPerClientMax'>;
    readonly shard: Shard<F>;
    readonly keepAlive: KeepAlive;
    readonly epoch: string;
  }) {
    this.#settings = options.settings;
    this.#shard = options.shard;
    this.#keepAlive = options.keepAlive;
    this.epoch = options.epoch;
  }

  /** @returns what the request costs of the client's budget; see `RequestBudget` */
  received(
    connection: number,
    entitlement: Entitlement,
    frame: { readonly text: string; readonly isBinary: boolean },
    nowNs: number,
  ): number {
    const decoded = frame.isBinary
      ? ({ ok: false, code: 'binary', message: 'frames are JSON text' } as const)
      : decodeRequest(frame.text);
    if (!decoded.ok) return this.#failed(connection, decoded.code, decoded.message);
    const { request } = decoded;
    if (request.type === 'ping') {
      this.#shard.sendControl(connection, encodePong(wallMs()));
      return 1;
    }
    if (request.type === 'unsubscribe') {
      for (const channel of request.channels) this.#shard.unsubscribe(connection, channel);
      this.#keepAlive.subscriptionsChanged(connection, this.#shard.subscriptionCount(connection), nowNs);
      this.#shard.sendControl(connection, encodeUnsubscribed(request.channels));
      return 1;
    }
    return 1 + this.#subscribe(connection, entitlement, request, nowNs);
  }

  /** @returns channels to recover: each makes the server look through its history */
  #subscribe(
    connection: number,
    entitlement: Entitlement,
    request: {
      readonly channels: readonly string[];
      readonly since: ReadonlyMap<string, number> | null;
      readonly epoch: string | null;
    },
    nowNs: number,
  ): number {
    const allowed = request.channels.filter((channel) => mayTake(entitlement, channel));
    if (allowed.length < request.channels.length) {
      this.#failed(connection, 'forbidden', 'channels: the token does not allow all of these');
    }
    const accepted = allowed.filter((channel) => !isPattern(channel) || tokensOf(channel) <= patternTokensMax);
    if (accepted.length < allowed.length) {
      this.#failed(connection, 'bad-channel', `channels: a pattern may have at most ${patternTokensMax} tokens`);
    }
    // What is broadcast now is either wholly before these subscriptions or wholly after.
    this.#shard.settleBroadcast();
    const subscribed = accepted.filter((channel) => this.#shard.subscribe(connection, channel) !== 'too-many-channels');
    this.#keepAlive.subscriptionsChanged(connection, this.#shard.subscriptionCount(connection), nowNs);
    if (subscribed.length > 0) {
      const recovered =
        request.since === null ? null : this.#recover(connection, subscribed, request.since, request.epoch);
      const { newestSequence } = this.#shard.history;
      this.#shard.sendControl(connection, encodeSubscribed(subscribed, newestSequence, recovered));
    }
    if (subscribed.length < accepted.length) {
      const most = this.#settings.channelsPerClientMax;
      this.#failed(connection, 'too-many-channels', `channels: a client may have at most ${most}`);
    }
    return request.since?.size ?? 0;
  }

  #recover(
    connection: number,
    channels: readonly string[],
    since: ReadonlyMap<string, number>,
    epoch: string | null,
  ): Map<string, boolean> {
    const recovered = new Map<string, boolean>();
    const isSameStream = epoch === null || epoch === this.epoch;
    for (const channel of channels) {
      const sequence = since.get(channel);
      if (sequence === undefined) continue;
      const complete = isSameStream && this.#shard.recover(connection, channel, sequence);
      recovered.set(channel, complete);
      this.recoveries += 1;
      if (!complete) this.recoveriesFailed += 1;
    }
    return recovered;
  }

  #failed(connection: number, code: string, message: string): number {
    this.errors += 1;
    this.#shard.sendControl(connection, encodeError(code, message));
    return 1;
  }
}

function tokensOf(channel: string): number {
  let tokens = 1;
  for (let index = channel.indexOf('.'); index >= 0; index = channel.indexOf('.', index + 1)) tokens += 1;
  return tokens;
}
