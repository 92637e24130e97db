import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

const periodMicroseconds = 100_000;
const hierarchyV1 = '/sys/fs/cgroup/cpu';
const hierarchyV2 = '/sys/fs/cgroup';

/** This machine cannot hold a process back; the message says what is missing. */
export class CageError extends Error {
  override readonly name = 'CageError';
}

/**
 * A CPU quota for one process, as a container has it: a control group of its own (version 1 or 2) with so many cores in
 * each 100 ms. Needs root. Remove it when the process has ended.
 */
export class CpuCage {
  #folder: string;
  #isV2: boolean;

  private constructor(folder: string, isV2: boolean) {
    this.#folder = folder;
    this.#isV2 = isV2;
  }

  /** @throws CageError where there is no control group to be had */
  static create(cores: number): CpuCage {
    const name = `fanout-${process.pid}-${Date.now()}`;
    const isV2 = !existsSync(`${hierarchyV1}/cpu.cfs_quota_us`);
    const folder = `${isV2 ? hierarchyV2 : hierarchyV1}/${name}`;
    const quota = Math.round(cores * periodMicroseconds);
    try {
      if (isV2) writeFileSync(`${hierarchyV2}/cgroup.subtree_control`, '+cpu');
      mkdirSync(folder);
      if (isV2) writeFileSync(`${folder}/cpu.max`, `${quota} ${periodMicroseconds}`);
      else {
        writeFileSync(`${folder}/cpu.cfs_period_us`, String(periodMicroseconds));
        writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quota));
      }
    } catch (error) {
      if (existsSync(folder)) rmdirSync(folder);
      throw new CageError(
        `--cage: no CPU quota can be set on this machine (${(error as Error).message}); it needs root and Linux control groups`,
      );
    }
    return new CpuCage(folder, isV2);
  }

  add(processId: number): void {
    writeFileSync(`${this.#folder}/cgroup.procs`, String(processId));
  }

  /** Time that the process's threads waited for the next period. */
  get throttledSeconds(): number {
    const text = readFileSync(`${this.#folder}/cpu.stat`, 'utf8');
    const found = this.#isV2 ? /^throttled_usec (\d+)/m.exec(text) : /^throttled_time (\d+)/m.exec(text);
    return Number(found?.[1] ?? 0) / (this.#isV2 ? 1e6 : 1e9);
  }

  remove(): void {
    if (existsSync(this.#folder)) rmdirSync(this.#folder);
  }
}
