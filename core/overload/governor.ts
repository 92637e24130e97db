import type { RefusalReason } from '../base/outcomes.ts';
import { Admission, type AdmissionOptions, flushIntervalAt } from './admission.ts';

export interface GovernorOptions extends AdmissionOptions {
  readonly flushIntervalNs: number;
  readonly flushIntervalMaxNs: number;
}

/** What a server used since the sample before. */
export interface UseSample {
  /** Of the process, all threads; null where too little time has passed to say: CPU stays as it was. */
  readonly cores: number | null;
  /** Of each event loop. */
  readonly loopCores: readonly number[];
  readonly memoryBytes: number;
}

/** What follows from a sample, for the drivers to pass on. */
export interface Decision {
  /** What alone forbids any new connection; null: nothing does. */
  readonly standingRefusal: RefusalReason | null;
  /** Whether bus consumption pauses. */
  readonly paused: boolean;
  readonly flushIntervalNs: number;
}

/** Share of the interval by which it falls in one sample: a load that needs the longer one must not swing. */
const fallShare = 0.05;

/**
 * Turns samples of use into what a server does about them: the flush interval first, then refusals and pauses
 * (`Admission`). Simulator and server drive this one object, once a second.
 *
 * Latency is spent before clients are refused: as long as the interval was not yet at its maximum, a sample above the
 * thresholds lengthens it and nothing else. It rises at once and falls slowly.
 */
export class Governor {
  readonly admission: Admission;
  #options: GovernorOptions;
  #flushIntervalNs: number;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.admission = new Admission(options);
    this.#flushIntervalNs = options.flushIntervalNs;
  }

  get flushIntervalNs(): number {
    return this.#flushIntervalNs;
  }

  sampled({ cores, loopCores, memoryBytes }: UseSample): Decision {
    if (cores !== null) {
      this.admission.cpuSampled(cores, { mayDefend: !this.#canStretch });
      this.admission.loopsSampled(loopCores);
      const wantedNs = flushIntervalAt(this.admission.cpuPercent, this.#options);
      this.#flushIntervalNs = Math.round(Math.max(wantedNs, this.#flushIntervalNs * (1 - fallShare)));
    }
    this.admission.memorySampled(memoryBytes);
    return this.decision;
  }

  /** As of the last sample. */
  get decision(): Decision {
    return {
      standingRefusal: this.admission.standingRefusal,
      paused: this.admission.ingestPaused,
      flushIntervalNs: this.#flushIntervalNs,
    };
  }

  get #canStretch(): boolean {
    const { flushIntervalNs, flushIntervalMaxNs } = this.#options;
    return flushIntervalNs > 0 && this.#flushIntervalNs < flushIntervalMaxNs;
  }
}
