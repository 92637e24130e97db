import { channelName, clientGroupsOf, type InputIssue, type ResolvedScenario } from '#core';
import type { Drill } from './drills.ts';
import { descriptorLimit } from './load-driver.ts';
import { messageBytesMin } from './publisher.ts';

/** At less, a publisher sleeps through the next rise of the curve. */
const factorLeast = 0.01;

/** Descriptors of a server beside its connections. */
const descriptorsSpare = 100;

/** How a live run is to be done, as far as it decides what can be run. */
export interface LiveConditions {
  readonly bus?: 'embedded' | 'nats';
  readonly cage?: boolean;
  readonly drills?: readonly Drill[];
}

/** Everything in a scenario that a live run on this machine cannot do, each with what to do instead; none if it can be run. */
export function liveRefusals(
  { scenario, settings }: Pick<ResolvedScenario, 'scenario' | 'settings'>,
  { bus = 'embedded', cage = false, drills = [] }: LiveConditions = {},
): InputIssue[] {
  const issues: InputIssue[] = [];
  const refuse = (path: string, given: unknown, accepted: string, reason: string): void => {
    issues.push({
      path,
      given: typeof given === 'string' ? given : JSON.stringify(given),
      accepted,
      message: `not possible in a live run: ${reason}`,
    });
  };
  const { workload } = scenario;
  const least = messageBytesMin(channelName(workload.channels - 1));
  const sizes = workload.messageSizes?.map(({ bytes }) => bytes) ?? [workload.messageBytes];
  const smallest = Math.min(...sizes);
  if (smallest < least) {
    refuse('workload.messageBytes', smallest, `${least} or more`, 'channel, sequence and time need more room');
  }
  const limit = descriptorLimit();
  if (workload.connections + descriptorsSpare > limit) {
    const accepted = `1 to ${limit - descriptorsSpare}; or raise the limit, as in ulimit -n ${workload.connections + descriptorsSpare}`;
    refuse('workload.connections', workload.connections, accepted, `a process may open ${limit} descriptors here`);
  }
  if (workload.clientGroups === undefined) {
    const [{ linkBitsPerSecond, roundTripMs }] = clientGroupsOf(workload);
    if (linkBitsPerSecond !== null) {
      refuse('workload.client.linkBitsPerSecond', linkBitsPerSecond, 'null, or predict', 'loopback has no links');
    }
    if (roundTripMs > 0) {
      refuse('workload.client.roundTripMs', roundTripMs, '0, or predict', 'loopback has no distance');
    }
  } else {
    const accepted = 'no groups: workload.client and workload.subscriptionsPerClient for all; or predict';
    const names = workload.clientGroups.map(({ name }) => name).join(', ');
    refuse('workload.clientGroups', names, accepted, 'its clients are all of one kind');
  }
  const lowest = Math.min(...(workload.rateCurve ?? []).map(({ factor }) => factor));
  if (lowest < factorLeast) {
    refuse(
      'workload.rateCurve',
      lowest,
      `factors from ${factorLeast}, or predict`,
      'its publisher does not stand still',
    );
  }
  if ((workload.churnPerHour ?? 0) > 0) {
    const accepted = '0, or predict; a reconnect-storm lets a share of the clients leave and come back live too';
    refuse('workload.churnPerHour', workload.churnPerHour, accepted, 'its clients stay');
  }
  if (settings.natsUrl !== null) refuse('settings.NATS_URL', settings.natsUrl, 'nothing', 'it has a bus of its own');
  if (scenario.fleet !== null) {
    refuse('fleet', `${scenario.fleet.servers} servers`, 'null, or predict', 'it has one server');
  }
  scenario.faults.forEach((fault, index) => {
    const path = `faults.${index}.kind`;
    switch (fault.kind) {
      case 'bus-outage':
        if (bus !== 'nats') refuse(path, fault.kind, '--bus nats', 'the embedded bus cannot be out of reach');
        return;
      case 'server-lost':
      case 'clients-join':
        refuse(path, fault.kind, 'other faults, or predict', 'it has one server');
        return;
      case 'server-restart': {
        const accepted = `--bus nats --drill server-restart@${fault.atSeconds}, or predict`;
        refuse(path, fault.kind, accepted, 'how long a real server drains and starts is not for a scenario to say');
        return;
      }
      case 'clients-stall':
      case 'reconnect-storm':
      case 'rate-burst':
        return;
      default:
        fault satisfies never;
    }
  });
  const needsNats = drills.find(({ kind }) => kind === 'bus-kill' || kind === 'server-restart');
  if (cage && bus === 'nats') refuse('--bus', bus, 'embedded with --cage', 'the server has a network of its own');
  if (needsNats !== undefined && bus !== 'nats') {
    refuse('--drill', needsNats.kind, '--bus nats', 'the embedded bus ends with the server');
  }
  return issues;
}
