/**
 * What the kernel holds in the queues of all TCP sockets of the machine, against the total that it allows (tcp_mem). Beyond
 * it a socket takes one write while it is empty and no more (Linux, net/ipv4/tcp.c: sk_stream_memory_free fails).
 */
export class SocketMemory {
  heldBytes = 0;
  #limitBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isFull(): boolean {
    return this.heldBytes >= this.#limitBytes;
  }
}

/** The kernel's default for the third figure of tcp_mem: 3/32 of the memory (Linux, net/ipv4/tcp.c, tcp_init_mem). */
export const tcpMemoryShare = 3 / 32;
