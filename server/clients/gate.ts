import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  activeTasks,
  assert,
  decideAdmission,
  RefusalReason,
  refusalReasonNames,
  refusalStatuses,
  type Settings,
} from '#core';
import type { AddressCounts, SharedState } from '../threads/thread-messages.ts';
import { endWith } from './socket-end.ts';
import { canonicalAddress, clientNetwork, isListed, parseAddressList } from './addresses.ts';
import { OriginList } from './origins.ts';
import { handshakeFault, webSocketVersion } from './handshake-rules.ts';
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
const retryAfterSeconds = (): number => retryAfterSecondsLeast + Math.floor(Math.random() * retryAfterSecondsSpread);

export interface Admitted {
  readonly entitlement: Entitlement;
  /** Gives the client's place back, when its handshake has failed or its connection has ended; the first call counts. */
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
  #origins: OriginList;
  #proxies: BlockList;

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
    const origins = OriginList.parse(options.settings.allowedOrigins);
    const proxies = parseAddressList(options.settings.trustedProxies);
    assert(origins instanceof OriginList && proxies instanceof BlockList, 'lists were checked before the start');
    this.#origins = origins;
    this.#proxies = proxies;
  }

  /** @returns null when the request was refused and answered. A client that is admitted holds a place until it leaves. */
  async admit(request: IncomingMessage, socket: Duplex): Promise<Admitted | null> {
    const wrong = handshakeFault(request);
    if (wrong !== null) {
      this.refuse(socket, RefusalReason.handshake, wrong);
      return null;
    }
    const place = this.#takePlace(request);
    if (typeof place === 'number') {
      this.refuse(socket, place);
      return null;
    }
    const { origin } = request.headers;
    if (!this.#origins.allows(origin)) {
      return this.#turnAway(socket, RefusalReason.origin, place);
    }
    if (this.#checkToken === null) return { entitlement: anyone, leave: place };
    const entitlement = await this.#checkToken(tokenOf(request));
    if (entitlement === null) return this.#turnAway(socket, RefusalReason.token, place);
    return { entitlement, leave: place };
  }

  /**
   * Answers with the reason's status and ends the socket for good.
   * @param message what is wrong with a request, where the reason alone does not say it
   */
  refuse(socket: Duplex, reason: RefusalReason, message?: string): void {
    this.refusedByReason[reason] += 1;
    const status = refusalStatuses[reason];
    const headers = [`HTTP/1.1 ${status} ${statusTexts[status]}`, 'Connection: close'];
    if (status === 503 || status === 429) headers.push(`Retry-After: ${retryAfterSeconds()}`);
    // RFC 6750 3: a missing token has no error code, a wrong one has.
    if (status === 401) headers.push('WWW-Authenticate: Bearer realm="fanout", error="invalid_token"');
    // RFC 6455 4.4: a server that refuses a handshake names the versions that it knows.
    if (reason === RefusalReason.handshake) headers.push(`Sec-WebSocket-Version: ${webSocketVersion}`);
    const body = `${JSON.stringify({ error: 'refused', reason: refusalReasonNames[reason], message })}\n`;
    headers.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
    endWith(socket, `${headers.join('\r\n')}\r\n\r\n${body}`);
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
    if (this.#addresses === null || most === 0) return once(() => this.#shared.connectionClosed(this.#shard));
    const address = this.#addressOf(request);
    if (!this.#addresses.tryOpen(address, most)) {
      this.#shared.connectionClosed(this.#shard);
      return RefusalReason.address;
    }
    return once(() => {
      this.#addresses?.closed(address);
      this.#shared.connectionClosed(this.#shard);
    });
  }

  /** The peer, or whom a trusted proxy says it speaks for: the last address that it was told by nobody else. */
  #addressOf(request: IncomingMessage): string {
    let address = canonicalAddress(request.socket.remoteAddress ?? '') ?? '';
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
    while (address !== '' && isListed(this.#proxies, address)) {
      // What no proxy of ours would write, such as "unknown", ends the chain at the proxy that passed it on.
      const before = canonicalAddress(forwarded.pop() ?? '');
      if (before === null) break;
      address = before;
    }
    return clientNetwork(address);
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

/** From the Authorization header, or `?token=`, which is all that a browser's WebSocket can send. */
function tokenOf(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '');
  if (bearer !== null) return bearer[1];
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  return query < 0 ? null : new URLSearchParams(target.slice(query + 1)).get('token');
}
