import type { Duplex } from 'node:stream';

/**
 * Sockets that are no WebSocket connection, or not yet: plain HTTP, handshakes under way, refused peers that are leaving.
 * Admission does not count them, so they have a limit of their own. At the limit the oldest one is cut off: whoever
 * holds sockets open without a handshake makes room for those that come to make one.
 */
export class PendingSockets {
  cutOff = 0;
  #most: number;
  #sockets = new Set<Duplex>();

  /** @param most sockets at once, 1 or more */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#sockets.size;
  }

  arrived(socket: Duplex): void {
    if (this.#sockets.size >= this.#most) {
      const [oldest] = this.#sockets;
      this.#sockets.delete(oldest);
      this.cutOff += 1;
      oldest.destroy();
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** The socket has become a connection, which admission counts. */
  opened(socket: Duplex): void {
    this.#sockets.delete(socket);
  }
}
