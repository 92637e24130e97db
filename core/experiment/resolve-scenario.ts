import { machines } from './machines.ts';
import type { Profile } from './profile.ts';
import type { Machine, Scenario } from './scenario.ts';
import { nearestName, parseSettings, type Settings } from './settings.ts';

/** A scenario with its names looked up: all that the simulator or a live run needs. */
export interface ResolvedScenario {
  readonly scenario: Scenario;
  readonly machine: Machine;
  readonly settings: Settings;
  readonly profile: Profile;
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
  const machine =
    typeof scenario.machine === 'string' ? find('machine', scenario.machine, machines, issues) : scenario.machine;
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
  const resolved = { scenario: { ...scenario, shards: settings.shards }, machine: limited, settings, profile };
  return { ok: true, resolved, warnings: parsed.warnings };
}

function find<T extends { readonly name: string }>(
  path: string,
  name: string,
  known: readonly T[],
  issues: InputIssue[],
): T | null {
  const found = known.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const names = known.map((candidate) => candidate.name);
  issues.push({
    path,
    given: name,
    accepted: names.join(', '),
    message: `there is no ${path} called ${name}; did you mean ${nearestName(name, names)}?`,
  });
  return null;
}
