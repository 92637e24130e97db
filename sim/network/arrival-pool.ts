/** Socket writes on their way over links of their own speed, which arrive in any order: one event each, by index. */
export class ArrivalPool {
  host: number[] = [];
  connection: number[] = [];
  epoch: number[] = [];
  messages: number[] = [];
  bytes: number[] = [];
  messagesUnderWay = 0;
  #free: number[] = [];

  add(host: number, connection: number, epoch: number, messages: number, bytes: number): number {
    const index = this.#free.pop() ?? this.host.length;
    this.host[index] = host;
    this.connection[index] = connection;
    this.epoch[index] = epoch;
    this.messages[index] = messages;
    this.bytes[index] = bytes;
    this.messagesUnderWay += messages;
    return index;
  }

  release(index: number): void {
    this.messagesUnderWay -= this.messages[index];
    this.#free.push(index);
  }
}
