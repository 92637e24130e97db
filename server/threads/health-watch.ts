/** A thread that has owed an answer for so long is stuck. */
const silenceMaxMs = 3_000;
/** So long the bus may deliver nothing while messages wait in the stream. */
const busSilenceMaxMs = 10_000;

/** What the watch looks at, once a second. */
export interface Vitals {
  readonly nowMs: number;
  /** How long each shard has owed an answer. */
  readonly shardSilenceMs: readonly number[];
  readonly bus: {
    readonly connected: boolean;
    /** Whether this server takes messages now: it is not paused, and a shard has room. */
    readonly wanted: boolean;
    readonly messagesTaken: number;
    readonly messagesWaiting: number;
  };
  /** Why the log cannot be written; null when it can. */
  readonly logFault: string | null;
  /** Whether the process has no descriptor left. */
  readonly outOfDescriptors: boolean;
}

/**
 * Finds what no use of a resource shows: threads that do not answer, a bus that delivers nothing, a log that cannot be
 * written, no descriptors. Each is a reason why the server is unhealthy.
 */
export class HealthWatch {
  #taken = -1;
  #busSinceMs: number | null = null;

  /** @returns what is wrong, in words; empty when nothing is */
  faults(vitals: Vitals): string[] {
    const faults = vitals.shardSilenceMs.flatMap((silenceMs, shard) =>
      silenceMs > silenceMaxMs ? [`shard ${shard} has not answered for ${seconds(silenceMs)}`] : [],
    );
    const busSilenceMs = this.#busSilenceMs(vitals);
    if (busSilenceMs > busSilenceMaxMs) {
      faults.push(
        `the bus has delivered nothing for ${seconds(busSilenceMs)} while ${vitals.bus.messagesWaiting} messages wait`,
      );
    }
    if (vitals.logFault !== null) faults.push(`the log cannot be written: ${vitals.logFault}`);
    if (vitals.outOfDescriptors) faults.push('no file descriptor is left (ulimit -n)');
    return faults;
  }

  #busSilenceMs({ nowMs, bus }: Vitals): number {
    const isSilent = bus.connected && bus.wanted && bus.messagesWaiting > 0 && bus.messagesTaken === this.#taken;
    this.#taken = bus.messagesTaken;
    if (!isSilent) this.#busSinceMs = null;
    else this.#busSinceMs ??= nowMs;
    return this.#busSinceMs === null ? 0 : nowMs - this.#busSinceMs;
  }
}

const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;
