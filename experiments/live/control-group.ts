import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { CageError } from './cage-error.ts';

const periodMicroseconds = 100_000;
const root = '/sys/fs/cgroup';

export interface ControlGroupLimits {
  /** Cores in each 100 ms. */
  readonly cpuCores: number;
  /** Memory that the kernel grants, or null for no limit; beyond it the kernel ends the process. */
  readonly memoryBytes: number | null;
}

/**
 * A CPU quota and a memory limit for one process, as a container has them: a control group of its own, version 1 or 2.
 * Needs root. Remove it when the process has ended.
 */
export class ControlGroup {
  /** One folder with version 2; with version 1 a folder for each controller, CPU first. */
  #folders: readonly string[];
  #isV2: boolean;

  private constructor(folders: readonly string[], isV2: boolean) {
    this.#folders = folders;
    this.#isV2 = isV2;
  }

  /** @throws CageError where a limit cannot be set; nothing is left behind then */
  static create(limits: ControlGroupLimits): ControlGroup {
    const name = `fanout-${process.pid}-${Date.now()}`;
    const isV2 = !existsSync(`${root}/cpu/cpu.cfs_quota_us`);
    const quota = Math.round(limits.cpuCores * periodMicroseconds);
    const memory = limits.memoryBytes;
    const group = isV2
      ? new ControlGroup([`${root}/${name}`], true)
      : new ControlGroup([`${root}/cpu/${name}`, ...(memory === null ? [] : [`${root}/memory/${name}`])], false);
    try {
      if (isV2) writeFileSync(`${root}/cgroup.subtree_control`, memory === null ? '+cpu' : '+cpu +memory');
      for (const folder of group.#folders) mkdirSync(folder);
      const [cpuFolder] = group.#folders;
      if (isV2) {
        writeFileSync(`${cpuFolder}/cpu.max`, `${quota} ${periodMicroseconds}`);
        if (memory !== null) writeFileSync(`${cpuFolder}/memory.max`, String(memory));
      } else {
        writeFileSync(`${cpuFolder}/cpu.cfs_period_us`, String(periodMicroseconds));
        writeFileSync(`${cpuFolder}/cpu.cfs_quota_us`, String(quota));
        if (memory !== null) writeFileSync(`${group.#folders[1]}/memory.limit_in_bytes`, String(memory));
      }
    } catch (error) {
      group.remove();
      throw new CageError(
        `--cage: no CPU quota or memory limit can be set on this machine (${(error as Error).message}); it needs root and Linux control groups with the controllers cpu and memory`,
      );
    }
    return group;
  }

  add(processId: number): void {
    for (const folder of this.#folders) writeFileSync(`${folder}/cgroup.procs`, String(processId));
  }

  /** Time that the process's threads waited for the next period. */
  get throttledSeconds(): number {
    const text = readFileSync(`${this.#folders[0]}/cpu.stat`, 'utf8');
    const found = this.#isV2 ? /^throttled_usec (\d+)/m.exec(text) : /^throttled_time (\d+)/m.exec(text);
    return Number(found?.[1] ?? 0) / (this.#isV2 ? 1e6 : 1e9);
  }

  remove(): void {
    for (const folder of this.#folders) if (existsSync(folder)) rmdirSync(folder);
  }
}
