import TinyQueue from 'tinyqueue';

/** tinyqueue as a future event list: an object an event, ties in the order of scheduling by its comparison. */
export class Events {
  timeNs = 0;
  kind = 0;
  #scheduled = 0;
  #queue = new TinyQueue([], (left, right) => left.timeNs - right.timeNs || left.order - right.order);

  schedule(timeNs, kind) {
    this.#queue.push({ timeNs, kind, order: this.#scheduled });
    this.#scheduled += 1;
  }

  pop() {
    const event = this.#queue.pop();
    if (event === undefined) return false;
    this.timeNs = event.timeNs;
    this.kind = event.kind;
    return true;
  }
}
