import { machines } from './machines.ts';
import type { Profile } from './profile.ts';
import type { Machine, MachineChange, Scenario } from './scenario.ts';
import { didYouMean, nearestNames } from '../base/nearest-names.ts';
import { parseSettings } from './settings.ts';
import type { Settings } from './settings-table.ts';
import { type Transfer, transferFor, transferredProfile } from './transfer.ts';

/** A scenario with its names looked up: all that the simulator or a live run needs. */
export interface ResolvedScenario {
  readonly scenario: Scenario;
  readonly machine: Machine;
  readonly settings: Settings;
  /** The costs on this machine: `measuredProfile` in the middle of its transfer. */
  readonly profile: Profile;
  readonly measuredProfile: Profile;
  readonly transfer: Transfer;
}

/** The same scenario at another factor of the measured profile's costs, such as an end of its transfer. */
export const withCostFactor = (input: ResolvedScenario, factor: number): ResolvedScenario => ({
  ...input,
  profile: transferredProfile(input.measuredProfile, factor),
});

/** The same scenario on another machine: its limits, and the profile's transfer to it. */
export function withMachine(input: ResolvedScenario, machine: Machine): ResolvedScenario {
  const transfer = transferFor(machine, input.measuredProfile, input.scenario);
  return { ...input, machine, transfer, profile: transferredProfile(input.measuredProfile, transfer.middle) };
}

/** One thing wrong with what a user gave, for the person who reads it. */
export interface InputIssue {
  /** Field path, such as `workload.connections`. */
  readonly path: string;
  readonly given: string;
  readonly accepted: string;
  readonly message: string;
}

export type Resolution =
  | { readonly ok: true; readonly resolved: ResolvedScenario; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** Looks up machine and profile by name and parses the settings. The machine's limits are the settings' defaults. */
export function resolveScenario(scenario: Scenario, profiles: readonly Profile[]): Resolution {
  const issues: InputIssue[] = [];
  const machine = machineOf(scenario.machine, issues);
  const profile = find('profile', scenario.profile, profiles, issues);
  const parsed = parseSettings({
    ...(machine === null ? {} : { WS_CPU_LIMIT: machine.cpuLimitCores, WS_MEMORY_LIMIT: machine.memoryLimitBytes }),
    WS_SHARDS: scenario.shards,
    ...scenario.settings,
  });
  if (!parsed.ok) {
    for (const { variable, given, accepted, message } of parsed.issues) {
      issues.push({ path: `settings.${variable}`, given, accepted, message });
    }
  }
  if (machine === null || profile === null || !parsed.ok) return { ok: false, issues };
  // Settings are what the server obeys: a quota or limit given there counts as the machine's.
  const { settings } = parsed;
  const limited = { ...machine, cpuLimitCores: settings.cpuLimitCores, memoryLimitBytes: settings.memoryLimitBytes };
  const transfer = transferFor(machine, profile, scenario);
  const resolved = {
    scenario: { ...scenario, shards: settings.shards },
    machine: limited,
    settings,
    profile: transferredProfile(profile, transfer.middle),
    measuredProfile: profile,
    transfer,
  };
  return { ok: true, resolved, warnings: parsed.warnings };
}

function machineOf(asked: Scenario['machine'], issues: InputIssue[]): Machine | null {
  if (typeof asked === 'string') return find('machine', asked, machines, issues);
  if (!('extends' in asked)) return asked;
  const base = find('machine.extends', asked.extends, machines, issues);
  return base === null ? null : changedMachine(base, asked);
}

function changedMachine(base: Machine, { extends: _base, ...changes }: MachineChange): Machine {
  const { vcpus = base.vcpus, memoryBytes = base.memoryBytes } = changes;
  const isOther =
    vcpus !== base.vcpus ||
    memoryBytes !== base.memoryBytes ||
    (changes.networkBitsPerSecond !== undefined && changes.networkBitsPerSecond !== base.networkBitsPerSecond);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return {
    ...base,
    name: `${base.name}, changed`,
    basedOn: base.name,
    cpuLimitCores: (base.cpuLimitCores / base.vcpus) * vcpus,
    memoryLimitBytes: (base.memoryLimitBytes / base.memoryBytes) * memoryBytes,
    usdPerHour: isOther ? null : base.usdPerHour,
    ...given,
  };
}

/** How somebody gives a thing that is on no list. */
const ownWays: Readonly<Record<string, string>> = {
  machine:
    'or one of your own: machine: {extends: e2-standard-2, vcpus: 4, memoryBytes: 16GiB, usdPerHour: 0.1}, or all of its fields',
  profile: 'or one of your own: `calibrate` measures it, and the file belongs in experiments/profiles',
};

function find<T extends { readonly name: string }>(
  path: string,
  name: string,
  known: readonly T[],
  issues: InputIssue[],
): T | null {
  const found = known.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = known.map((candidate) => candidate.name);
  const [thing] = path.split('.');
  issues.push({
    path,
    given: name,
    accepted: `${names.join(', ')}; ${ownWays[thing]}`,
    message: `there is no ${thing} called ${name}; ${didYouMean(nearestNames(name, names))}`,
  });
  return null;
}
