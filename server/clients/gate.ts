import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { activeTasks, decideAdmission, RefusalReason, refusalReasonNames, refusalStatuses, type Settings } from '#core';
import type { AddressCounts, SharedState } from '../threads/thread-messages.ts';
import { anyone, type Entitlement, type TokenCheck } from './tokens.ts';

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};
/** A refused client may try again after so many seconds, and up to as many more, so that all do not come at once. */
const retryAfterSecondsLeast = 5;
const retryAfterSecondsSpread = 10;

export interface Admitted {
  readonly entitlement: Entitlement;
  /** Gives the client's place back; once, when its connection has ended. */
  readonly leave: () => void;
}

/** Decides on upgrade requests and refuses with a status and a reason; every refusal is counted (R50 to R55). */
export class Gate {
  readonly refusedByReason = new Array<number>(refusalReasonNames.length).fill(0);
  #settings: Settings;
  #shard: number;
  #shared: SharedState;
  #addresses: AddressCounts | null;
  #checkToken: TokenCheck | null;
  #origins: ReadonlySet<string>;
  #proxies: ReadonlySet<string>;

  constructor(options: {
    readonly settings: Settings;
    readonly shard: number;
    readonly shared: SharedState;
    readonly addresses: AddressCounts | null;
    readonly checkToken: TokenCheck | null;
  }) {
    this.#settings = options.settings;
    this.#shard = options.shard;
    this.#shared = options.shared;
    this.#addresses = options.addresses;
    this.#checkToken = options.checkToken;
    this.#origins = listed(options.settings.allowedOrigins);
    this.#proxies = listed(options.settings.trustedProxies);
  }

  /** @returns null when the request was refused and answered. A client that is admitted holds a place until it leaves. */
  async admit(request: IncomingMessage, socket: Duplex): Promise<Admitted | null> {
    const place = this.#takePlace(request);
    if (typeof place === 'number') {
      this.refuse(socket, place);
      return null;
    }
    const { origin } = request.headers;
    if (this.#origins.size > 0 && origin !== undefined && !this.#origins.has(origin)) {
      return this.#turnAway(socket, RefusalReason.origin, place);
    }
    if (this.#checkToken === null) return { entitlement: anyone, leave: place };
    const entitlement = await this.#checkToken(tokenOf(request));
    if (entitlement === null) return this.#turnAway(socket, RefusalReason.token, place);
    return { entitlement, leave: place };
  }

  /** Answers with the reason's status and ends the connection. */
  refuse(socket: Duplex, reason: RefusalReason): void {
    this.refusedByReason[reason] += 1;
    if (socket.destroyed || !socket.writable) return;
    const status = refusalStatuses[reason];
    const retryAfter =
      status === 503 || status === 429
        ? `Retry-After: ${retryAfterSecondsLeast + Math.floor(Math.random() * retryAfterSecondsSpread)}\r\n`
        : '';
    const body = `{"error":"refused","reason":"${refusalReasonNames[reason]}"}\n`;
    socket.on('error', () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${status} ${statusTexts[status]}\r\n${retryAfter}Connection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  #turnAway(socket: Duplex, reason: RefusalReason, leave: () => void): null {
    leave();
    this.refuse(socket, reason);
    return null;
  }

  #takePlace(request: IncomingMessage): (() => void) | RefusalReason {
    const connections = this.#shared.connectionOpened(this.#shard);
    const tasks = activeTasks(connections, this.#settings.workerPoolSize);
    const standing = this.#shared.standingRefusal as RefusalReason | null;
    const refusal = decideAdmission(this.#settings, { connections, tasks }, standing);
    if (refusal !== null) {
      this.#shared.connectionClosed(this.#shard);
      return refusal;
    }
    const most = this.#settings.connectionsPerAddressMax;
    if (this.#addresses === null || most === 0) return () => this.#shared.connectionClosed(this.#shard);
    const address = this.#addressOf(request);
    if (!this.#addresses.tryOpen(address, most)) {
      this.#shared.connectionClosed(this.#shard);
      return RefusalReason.address;
    }
    return () => {
      this.#addresses?.closed(address);
      this.#shared.connectionClosed(this.#shard);
    };
  }

  /** The peer, or whom a trusted proxy says it speaks for: the last address that it was told by nobody else. */
  #addressOf(request: IncomingMessage): string {
    const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    if (!this.#proxies.has(peer)) return peer;
    const forwarded = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== '');
    while (forwarded.length > 1 && this.#proxies.has(forwarded[forwarded.length - 1])) forwarded.pop();
    return forwarded.at(-1) ?? peer;
  }
}

const listed = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

/** From the Authorization header, or `?token=`, which is all that a browser's WebSocket can send. */
function tokenOf(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '');
  if (bearer !== null) return bearer[1];
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  return query < 0 ? null : new URLSearchParams(target.slice(query + 1)).get('token');
}
