const signals = ['SIGINT', 'SIGTERM'] as const;
/** npm and other parents pass on a Ctrl-C that the terminal has sent already: what follows so soon is the same one. */
const sameMs = 500;

/** What a command ends with when a signal ended it. */
export const interruptedExitCode = 130;

/** Ctrl-C and SIGTERM: the first asks for an orderly end, the second for an end at once. */
export class Interruption {
  /** Resolve with the signal's name. */
  readonly first: Promise<string>;
  readonly second: Promise<string>;
  /** Aborted by the first; its reason is the signal's name. */
  readonly signal: AbortSignal;
  #onSignal: (signal: NodeJS.Signals) => void;

  constructor() {
    const once = Promise.withResolvers<string>();
    const twice = Promise.withResolvers<string>();
    const controller = new AbortController();
    this.first = once.promise;
    this.second = twice.promise;
    this.signal = controller.signal;
    let firstAtMs: number | null = null;
    this.#onSignal = (signal): void => {
      if (firstAtMs === null) {
        firstAtMs = performance.now();
        once.resolve(signal);
        controller.abort(signal);
      } else if (performance.now() - firstAtMs > sameMs) twice.resolve(signal);
    };
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Signals end the process again, as they do by default. */
  ignore(): void {
    for (const signal of signals) process.off(signal, this.#onSignal);
  }
}
