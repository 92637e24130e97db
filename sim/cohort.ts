import {
  clientGroupsOf,
  connectionsAsked,
  fixedTasks,
  tasksPerConnection,
  type Profile,
  type ResolvedScenario,
} from '#core';

/** Connections that a scale model keeps at least: fewer would show the grain of single clients. */
const connectionsLeast = 350;
/** And at the most, where no smaller number shares its clients out well. */
const connectionsMost = 2_000;
/** By how much a count of clients may be off for being a whole number. */
const countErrorMost = 0.005;

/**
 * How many real connections one simulated connection stands for, by default: as many as leave 350 to 700 of them, or up
 * to 2,000 where a share of the clients (those that stall, say) would not come out as a whole number of them.
 *
 * A power of two, because a turn's writes and a job's subscribers are: cut into other parts they would not fill the same
 * number of turns, and every latency beyond the first turn would be off. For the same reason the shards' parts are whole
 * numbers, where there are such.
 *
 * @param shares of the clients that do something of their own, 0 to 1
 */
export function cohortScale(
  connections: number,
  { shards = 1, shares = [] }: { readonly shards?: number; readonly shares?: readonly number[] } = {},
): number {
  let scale = 1;
  while (connections / (scale * 2) >= connectionsLeast) scale *= 2;
  let best = scale;
  let bestError = Infinity;
  for (; scale >= 1 && connections / scale <= connectionsMost; scale /= 2) {
    const simulated = Math.round(connections / scale);
    const error = worstErrorOf(connections, scale, shares);
    const isEven = connections % shards !== 0 || simulated % shards === 0;
    if (error <= countErrorMost && isEven) return scale;
    if (error < bestError) {
      best = scale;
      bestError = error;
    }
  }
  return best;
}

/** The scale of a scenario's model where it is left to choose. */
export function scaleOf({ scenario }: ResolvedScenario): number {
  const { workload, faults } = scenario;
  const shares = faults.flatMap((fault) => ('share' in fault ? [fault.share] : []));
  return cohortScale(workload.connections, {
    shards: scenario.shards,
    shares: [
      ...clientGroupsOf(workload).flatMap((group) => [group.share, group.share * group.stalledShare]),
      ...shares,
    ],
  });
}

function worstErrorOf(connections: number, scale: number, shares: readonly number[]): number {
  const simulated = Math.round(connections / scale);
  let worst = Math.abs((simulated * scale) / connections - 1);
  for (const share of shares) {
    const asked = Math.floor(connections * share);
    if (asked > 0) worst = Math.max(worst, Math.abs((Math.floor(simulated * share) * scale) / asked - 1));
  }
  return worst;
}

/** A scale model and how many real connections each of its connections stands for. */
export interface ScaleModel {
  readonly model: ResolvedScenario;
  /**
   * Near the scale that was asked, and such that the counts come out: the model's clients are all that the scenario asks
   * for, or, where a limit on connections lets only some of them in, the model's limit is the scenario's.
   */
  readonly factor: number;
}

/** The limit on connections by their number: of the setting, and of the tasks that each takes. */
function connectionLimit({ settings }: ResolvedScenario): number {
  const tasks = settings.tasksMax - settings.workerPoolSize - fixedTasks;
  return Math.max(1, Math.min(settings.connectionsMax, Math.floor(tasks / tasksPerConnection)));
}

/** @param scale real connections for one of the model, about; any number from 1 */
export function scaleModel(input: ResolvedScenario, scale: number): ScaleModel {
  if (scale === 1) return { model: input, factor: 1 };
  const { workload, faults } = input.scenario;
  const fewer = (count: number): number => Math.max(1, Math.round(count / scale));
  const asked = connectionsAsked(input.scenario);
  const joins = faults.flatMap((fault) => (fault.kind === 'clients-join' ? [fault.connections] : []));
  const modelled = [workload.connections, ...joins].reduce((sum, count) => sum + fewer(count), 0);
  const limit = connectionLimit(input);
  const factor = asked <= limit ? asked / modelled : limit / fewer(limit);
  const model = scaledDown(input, scale, factor);
  // Rounding must not refuse anybody who has room.
  if (asked > limit) return { model, factor };
  const settings = {
    ...model.settings,
    connectionsMax: Math.max(model.settings.connectionsMax, modelled),
    tasksMax: Math.max(
      model.settings.tasksMax,
      modelled * tasksPerConnection + input.settings.workerPoolSize + fixedTasks,
    ),
  };
  return { model: { ...model, settings }, factor };
}

/**
 * The scale model of a scenario: `scale` times fewer connections on a machine on which all that a connection costs is
 * `scale` times larger, and what is counted in connections is `scale` times smaller. What a message, the process or the
 * stream costs or may do stays as it is. Core runs unchanged and knows nothing of it.
 *
 * @param counted by how much counts shrink, before they are rounded
 * @param scale by how much everything else does
 */
function scaledDown(input: ResolvedScenario, counted: number, scale: number): ResolvedScenario {
  const { scenario, machine, settings, profile } = input;
  const fewer = (count: number): number => Math.max(1, Math.round(count / counted));
  const connectionless = settings.workerPoolSize + fixedTasks;
  const byTasks = Math.floor((settings.tasksMax - connectionless) / tasksPerConnection);
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
      tasksMax: byTasks < 1 ? settings.tasksMax : fewer(byTasks) * tasksPerConnection + connectionless,
      writesPerTurn: fewer(settings.writesPerTurn),
      jobSliceSize: fewer(settings.jobSliceSize),
    },
    profile: scaledProfile(profile, scale),
    measuredProfile: profile,
    transfer: input.transfer,
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
