/**
 * Socket writes between server and clients, in the order of their departure, in flat rings that grow by doubling.
 *
 * Clients with fast links all have the same delay, so arrival follows departure and a queue is enough: no event per
 * write. `publishedAtNs` of each message is kept only when asked, for clients that share the machine.
 */
export class InFlight {
  #keepTimes: boolean;
  #mask = 1_023;
  #hosts = new Uint8Array(1_024);
  #connections = new Int32Array(1_024);
  #epochs = new Int32Array(1_024);
  #messages = new Int32Array(1_024);
  #bytes = new Int32Array(1_024);
  #arrivals = new Float64Array(1_024);
  #head = 0;
  count = 0;
  #timesMask = 4_095;
  #times: Float64Array;
  #timesHead = 0;
  #timesCount = 0;

  constructor(keepTimes: boolean) {
    this.#keepTimes = keepTimes;
    this.#times = new Float64Array(keepTimes ? 4_096 : 0);
  }

  push(host: number, connection: number, epoch: number, messages: number, bytes: number, arrivalNs: number): void {
    if (this.count > this.#mask) this.#grow();
    const index = (this.#head + this.count) & this.#mask;
    this.#hosts[index] = host;
    this.#connections[index] = connection;
    this.#epochs[index] = epoch;
    this.#messages[index] = messages;
    this.#bytes[index] = bytes;
    this.#arrivals[index] = arrivalNs;
    this.count += 1;
  }

  /** One for each message of the write that was pushed last. */
  pushTime(publishedAtNs: number): void {
    if (!this.#keepTimes) return;
    if (this.#timesCount > this.#timesMask) this.#growTimes();
    this.#times[(this.#timesHead + this.#timesCount) & this.#timesMask] = publishedAtNs;
    this.#timesCount += 1;
  }

  get arrivalNs(): number {
    return this.#arrivals[this.#head];
  }
  get host(): number {
    return this.#hosts[this.#head];
  }
  get connection(): number {
    return this.#connections[this.#head];
  }
  get epoch(): number {
    return this.#epochs[this.#head];
  }
  get messages(): number {
    return this.#messages[this.#head];
  }
  get bytes(): number {
    return this.#bytes[this.#head];
  }

  /** Takes the publish time of the next message of the write at the head. */
  shiftTime(): number {
    const time = this.#times[this.#timesHead];
    this.#timesHead = (this.#timesHead + 1) & this.#timesMask;
    this.#timesCount -= 1;
    return time;
  }

  shift(): void {
    this.#head = (this.#head + 1) & this.#mask;
    this.count -= 1;
  }

  /** Publish times of all messages under way. */
  visitTimes(visit: (publishedAtNs: number) => void): void {
    for (let offset = 0; offset < this.#timesCount; offset += 1) {
      visit(this.#times[(this.#timesHead + offset) & this.#timesMask]);
    }
  }

  /** Messages of all writes that are under way. */
  countMessages(): number {
    let total = 0;
    for (let offset = 0; offset < this.count; offset += 1) total += this.#messages[(this.#head + offset) & this.#mask];
    return total;
  }

  #grow(): void {
    const size = (this.#mask + 1) * 2;
    const order = (from: ArrayLike<number>, to: { [index: number]: number }) => {
      for (let offset = 0; offset < this.count; offset += 1) to[offset] = from[(this.#head + offset) & this.#mask];
    };
    const hosts = new Uint8Array(size);
    const connections = new Int32Array(size);
    const epochs = new Int32Array(size);
    const messages = new Int32Array(size);
    const bytes = new Int32Array(size);
    const arrivals = new Float64Array(size);
    order(this.#hosts, hosts);
    order(this.#connections, connections);
    order(this.#epochs, epochs);
    order(this.#messages, messages);
    order(this.#bytes, bytes);
    order(this.#arrivals, arrivals);
    this.#hosts = hosts;
    this.#connections = connections;
    this.#epochs = epochs;
    this.#messages = messages;
    this.#bytes = bytes;
    this.#arrivals = arrivals;
    this.#head = 0;
    this.#mask = size - 1;
  }

  #growTimes(): void {
    const size = (this.#timesMask + 1) * 2;
    const times = new Float64Array(size);
    for (let offset = 0; offset < this.#timesCount; offset += 1) {
      times[offset] = this.#times[(this.#timesHead + offset) & this.#timesMask];
    }
    this.#times = times;
    this.#timesHead = 0;
    this.#timesMask = size - 1;
  }
}
