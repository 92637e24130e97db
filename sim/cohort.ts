import { fixedTasks, type Profile, type ResolvedScenario } from '#core';

/** Connections that a scale model keeps at least: fewer would show the grain of single clients. */
const connectionsLeast = 500;
const connectionsMost = 1_000;

/**
 * How many real connections one simulated connection stands for, by default: as many as leave 500 to 1,000 of them,
 * without a remainder where there is such a number.
 */
export function cohortScale(connections: number): number {
  if (connections < 2 * connectionsLeast) return 1;
  for (let simulated = connectionsLeast; simulated <= connectionsMost; simulated += 1) {
    if (connections % simulated === 0) return connections / simulated;
  }
  return Math.round(connections / connectionsLeast);
}

/**
 * The scale model of a scenario: `scale` times fewer connections on a machine on which all that a connection costs is
 * `scale` times larger, and what is counted in connections is `scale` times smaller. What a message, the process or the
 * stream costs or may do stays as it is. Core runs unchanged and knows nothing of it.
 */
export function scaledDown(input: ResolvedScenario, scale: number): ResolvedScenario {
  if (scale === 1) return input;
  const { scenario, machine, settings, profile } = input;
  const fewer = (count: number): number => Math.max(1, Math.round(count / scale));
  const connectionless = settings.workerPoolSize + fixedTasks;
  return {
    scenario: {
      ...scenario,
      faults: scenario.faults.map((fault) =>
        fault.kind === 'clients-join'
          ? { ...fault, connections: fewer(fault.connections), ratePerSecond: fault.ratePerSecond / scale }
          : fault,
      ),
      workload: {
        ...scenario.workload,
        connections: fewer(scenario.workload.connections),
        rampConnectionsPerSecond: scenario.workload.rampConnectionsPerSecond / scale,
      },
    },
    machine: {
      ...machine,
      networkBitsPerSecond: machine.networkBitsPerSecond === null ? null : machine.networkBitsPerSecond / scale,
      networkBurstBytes: (machine.networkBurstBytes ?? 0) / scale,
    },
    settings: {
      ...settings,
      connectionsMax: fewer(settings.connectionsMax),
      tasksMax: Math.round((settings.tasksMax - connectionless) / scale) + connectionless,
      writesPerTurn: fewer(settings.writesPerTurn),
      jobSliceSize: fewer(settings.jobSliceSize),
    },
    profile: scaledProfile(profile, scale),
  };
}

function scaledProfile(profile: Profile, scale: number): Profile {
  const { cpu, loadClient, memory, garbageCollection } = profile;
  return {
    ...profile,
    cpu: {
      ...cpu,
      perVisitNs: cpu.perVisitNs * scale,
      perDeliveryNs: cpu.perDeliveryNs * scale,
      perWriteUserNs: cpu.perWriteUserNs * scale,
      perWriteKernelNs: cpu.perWriteKernelNs * scale,
      perColdWriteNs: cpu.perColdWriteNs * scale,
      perByteKernelNs: cpu.perByteKernelNs * scale,
      perAcceptNs: cpu.perAcceptNs * scale,
      perDeliveryNsByRate: cpu.perDeliveryNsByRate.map((row) => ({ ...row, ns: row.ns * scale })),
    },
    loadClient: {
      ...loadClient,
      perReadNs: loadClient.perReadNs * scale,
      perMessageNs: loadClient.perMessageNs * scale,
    },
    memory: {
      ...memory,
      perConnectionBytes: memory.perConnectionBytes * scale,
      perConnectionKernelBytes: memory.perConnectionKernelBytes * scale,
      perSlotBytes: memory.perSlotBytes * scale,
      perSubscriptionBytes: memory.perSubscriptionBytes * scale,
    },
    garbageCollection: {
      ...garbageCollection,
      bytesPerDelivery: garbageCollection.bytesPerDelivery * scale,
      bytesPerWrite: garbageCollection.bytesPerWrite * scale,
    },
  };
}
