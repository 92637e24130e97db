import { median } from 'simple-statistics';
import { cpuNsPerSend, nanosecondsPerMicrosecond, type RunReport } from '#core';
import { type Evidence, lost, memoryMb, sendsPerMessage } from './evidence.ts';
import { scalingExponent } from './formulas.ts';
import { inputs } from './inputs.ts';

/** The median over the recorded runs of a load. */
function measured(name: string, what: string, unit: string, figure: (report: RunReport) => number): Evidence {
  return {
    kind: 'live run',
    what,
    unit,
    command: `regress --only ${name}`,
    of: (lab) => median(lab.recorded(name).map(figure)),
  };
}

const at12k = '12000x25-100ms-500B';

/** Recorded runs of this project's server, with real clients over loopback. */
export const live = {
  memoryMbPerConnection: measured(
    at12k,
    'memory per connection of this project’s server, all of the process',
    'MiB',
    memoryMb,
  ),
  microsecondsPerSend: measured(
    at12k,
    'CPU per message sent by this project’s server, over loopback',
    'us',
    ({ summary }) => cpuNsPerSend(summary.cpu.cores, summary.sentPerSecond) / nanosecondsPerMicrosecond,
  ),
  exponent: {
    kind: 'live run',
    what: 'exponent of CPU by rate, this project’s server, from 10 to 25 messages/s to 12,000',
    unit: '',
    command: 'regress --only 12000x',
    of: (lab) => {
      const point = (ratePerSecond: number) => ({
        ratePerSecond,
        cores: median(lab.recorded(`12000x${ratePerSecond}-100ms-500B`).map(({ summary }) => summary.cpu.cores)),
      });
      return scalingExponent(point(10), point(25));
    },
  } satisfies Evidence,
  acceptedPercent: measured(
    at12k,
    'connections accepted',
    '%',
    ({ summary: { connections } }) => (connections.accepted / connections.asked) * 100,
  ),
  openAtEnd: measured(
    at12k,
    'connections open at the end, real ones',
    'connections',
    ({ summary }) => summary.connections.open,
  ),
  shareOfUsers: measured(
    at12k,
    'of the users, as many as were connected live',
    '%',
    ({ summary }) => (summary.connections.open / inputs.users.value) * 100,
  ),
  errorsPercent: measured(
    at12k,
    'messages dropped, lost or unaccounted for',
    '%',
    (report) => (lost(report) / report.summary.ledger.sent) * 100,
  ),
  errorsAt8000: measured('8000x35-100ms-500B', 'messages dropped, lost or unaccounted for', 'messages', lost),
  sendsPerMessage: measured('12000x96-100ms-500B-24-channels', 'sends per message', '', sendsPerMessage),
  memoryGrowthWithRate: {
    kind: 'live run',
    what: 'memory per connection that 25 messages/s take more than 1, this project’s server',
    unit: 'KiB',
    command: 'regress --only 12000x',
    of: (lab) => {
      const kib = (name: string): number => median(lab.recorded(name).map(memoryMb)) * 1_024;
      return kib(at12k) - kib('12000x1-100ms-500B');
    },
  } satisfies Evidence,
} as const satisfies Record<string, Evidence>;
