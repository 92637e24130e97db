import FlatQueue from 'flatqueue';

/** flatqueue as a future event list. It promises no order among equal times. */
export class Events {
  timeNs = 0;
  kind = 0;
  #queue = new FlatQueue();

  schedule(timeNs, kind) {
    this.#queue.push(kind, timeNs);
  }

  pop() {
    if (this.#queue.length === 0) return false;
    this.timeNs = this.#queue.peekValue();
    this.kind = this.#queue.pop();
    return true;
  }
}
