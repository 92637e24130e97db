import type { SimulationNews, SimulationOrder } from './sim-worker.ts';

export interface SimulationListener {
  readonly progressed: (share: number) => void;
  readonly finished: (reportText: string) => void;
  readonly failed: (message: string) => void;
}

/** The simulator in a Web Worker: one simulation at a time, a new order ends the one under way. */
export class Simulator {
  #worker: Worker | null = null;
  #busy = false;

  run(order: SimulationOrder, listener: SimulationListener): void {
    this.stop();
    this.#worker ??= new Worker(new URL('./sim-worker.ts', import.meta.url), { type: 'module' });
    this.#busy = true;
    this.#worker.onerror = (event) => {
      this.stop();
      listener.failed(event.message);
    };
    this.#worker.onmessage = ({ data }: MessageEvent<SimulationNews>) => {
      if (data.kind === 'progress') {
        listener.progressed(data.progress.simulatedSeconds / data.progress.totalSeconds);
        return;
      }
      this.#busy = false;
      if (data.kind === 'report') listener.finished(data.text);
      else listener.failed(data.message);
    };
    this.#worker.postMessage(order);
  }

  /** Ends a simulation under way; a worker that has nothing to do is kept. */
  stop(): void {
    if (!this.#busy) return;
    this.#worker?.terminate();
    this.#worker = null;
    this.#busy = false;
  }
}
