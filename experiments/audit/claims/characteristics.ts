import { connectionsAtCpuPercent, connectionsMaxByMemory, connectionsMaxByNetwork } from '#core';
import {
  connectionGain,
  formula,
  listUsdPerMonth,
  memoryPercent,
  percentSaved,
  rateMax,
  rateMaxOnWire,
} from '../formulas.ts';
import { e2 } from '../inputs.ts';
import { live } from '../live.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const characteristics: Section = {
  title: 'Performance Characteristics',
  claims: [
    {
      id: 'str-cost',
      line: 414,
      says: '$2.00 per thousand, 42 % saved',
      claimed: 42,
      unit: '%',
      verdict: 'consistent',
      by: formula('1 - connections before / now', ({ connectionsBefore, connections }) =>
        percentSaved(connections, connectionsBefore),
      ),
      restates: 'impact-cost-minus42',
      note: '41.67.',
    },
    {
      id: 'str-71',
      line: 415,
      says: '71 % more connections',
      claimed: 71,
      unit: '%',
      verdict: 'consistent',
      by: connectionGain,
      restates: 'target-increase',
    },
    {
      id: 'str-tested',
      line: 416,
      says: 'It is stable and tested',
      claimed: null,
      unit: '',
      verdict: 'inconsistent',
      shownBy: [live.openAtEnd],
      right: { words: 'projected: 12,000 connections were never run' },
      contradicts: 'proj-basis',
      note: 'The results are headed as projected and the footer waits for staged testing: 12,000 were never run. Live, this project ran them.',
    },
    {
      id: 'str-headroom',
      line: 417,
      says: '35 % of CPU and 14 % of memory are comfortable',
      claimed: [35, 14],
      unit: '%',
      verdict: 'ambiguous',
      recomputes: '% of CPU to 100 %',
      by: formula('100 - CPU', ({ cpuPercentAtCap }) => 100 - cpuPercentAtCap),
      note: '35.2 and 13.9 as stated. But refusing begins after 10.2 points, and at those 100 messages/s the network card is 140 % short.',
    },
    {
      id: 'str-cost-same',
      line: 418,
      says: 'No new hardware: still $24',
      claimed: 24,
      unit: 'USD/month',
      verdict: 'inconsistent',
      by: listUsdPerMonth,
      restates: 'monthly-cost',
      contradicts: 'price-ratio',
    },
    {
      id: 'lim-net',
      line: 422,
      says: 'Above 35 messages/s the network is the bottleneck',
      relation: '>',
      claimed: 35,
      unit: 'msg/s',
      verdict: 'ambiguous',
      recomputes: 'messages a second that fill the network card',
      by: rateMax,
      otherwise: [['with headers', rateMaxOnWire]],
      shownBy: [simulated.networkWirePercentAt35],
      note: '41.7 by payload; 35.07 with headers, the one reading in which it is 35.',
    },
    {
      id: 'lim-mem',
      line: 423,
      says: 'Memory is at 86 %',
      claimed: 86,
      unit: '%',
      verdict: 'inconsistent',
      by: memoryPercent,
      restates: 'env-mem-86',
      contradicts: 'mem-limit-bytes',
      note: 'As env-mem-86.',
    },
    {
      id: 'lim-14k',
      line: 424,
      says: 'Memory ends at 14,000 connections',
      relation: '<=',
      claimed: 14_000,
      unit: 'connections',
      verdict: 'consistent',
      by: formula('6,988 MB / MB each', ({ usableMb, mbPerConnection }) =>
        connectionsMaxByMemory(usableMb, mbPerConnection),
      ),
      otherwise: [
        [
          'connections at which refusing begins, 100 messages/s',
          formula('reject / CPU x connections', ({ rejectPercent, cpuPercentAtCap, connections }) =>
            connectionsAtCpuPercent(rejectPercent, cpuPercentAtCap, connections),
          ),
        ],
        [
          'connections that fill the network card at 35 messages/s',
          formula('network card / (rate x bytes x 8)', ({ networkBitsPerSecond, rateRecommended, messageBytes }) =>
            connectionsMaxByNetwork(networkBitsPerSecond, rateRecommended, messageBytes),
          ),
        ],
        [
          'the same at 25 messages/s',
          formula('network card / (rate x bytes x 8)', ({ networkBitsPerSecond, rateConfigured, messageBytes }) =>
            connectionsMaxByNetwork(networkBitsPerSecond, rateConfigured, messageBytes),
          ),
        ],
      ],
      printedTo: 1000,
      note: '13,948 as the document counts, 14,283 in MiB. CPU refuses at 13,889 first (100 messages/s); the network card ends at 14,286 (35) or 20,000 (25).',
    },
    {
      id: 'lim-cores',
      line: 425,
      says: 'It has 2 cores only',
      claimed: 2,
      unit: 'vCPU',
      verdict: 'config',
      configured: e2.vcpus,
    },
  ],
};
