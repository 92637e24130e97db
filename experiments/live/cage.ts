import type { Machine } from '#core';
import { ControlGroup } from './control-group.ts';
import { NetworkCage } from './network-cage.ts';

/**
 * Holds the server to a machine's limits: CPU quota, memory, and its network card where it has one. What the modelled
 * machine has, the measured one has too. Linux, root. `remove` it in any case.
 */
export class Cage {
  readonly #group: ControlGroup;
  readonly network: NetworkCage | null;

  private constructor(group: ControlGroup, network: NetworkCage | null) {
    this.#group = group;
    this.network = network;
  }

  /** @throws CageError saying what this machine lacks */
  static create({ cpuLimitCores, memoryLimitBytes, networkBitsPerSecond, networkBurstBytes }: Machine): Cage {
    const group = ControlGroup.create({ cpuCores: cpuLimitCores, memoryBytes: memoryLimitBytes });
    try {
      return new Cage(
        group,
        networkBitsPerSecond === null ? null : NetworkCage.create(networkBitsPerSecond, networkBurstBytes),
      );
    } catch (error) {
      group.remove();
      throw error;
    }
  }

  add(processId: number): void {
    this.#group.add(processId);
  }

  get throttledSeconds(): number {
    return this.#group.throttledSeconds;
  }

  /** The processes in it must have ended. */
  remove(): void {
    this.network?.remove();
    this.#group.remove();
  }
}
