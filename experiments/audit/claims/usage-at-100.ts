import {
  connectionsAtCpuPercent,
  cpuCoresFromAnchor,
  cpuCoresOnLine,
  cpuNsPerSend,
  payloadBitsPerSecond,
  sendsPerSecond,
} from '#core';
import {
  formula,
  gbps,
  megabytesPerSecond,
  memoryPercent,
  networkOverload,
  percentOf,
  rateMax,
  rateMax4,
  scalingExponent,
  sends,
} from '../formulas.ts';
import { live } from '../live.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const usageAt100: Section = {
  title: 'Expected Resource Usage / At 100 msg/sec',
  claims: [
    {
      id: 'cpu100-cores',
      line: 203,
      says: '1.23 cores',
      claimed: 1.23,
      unit: 'cores',
      verdict: 'empirical',
      by: formula(
        'cores before x (1 - broadcast share x visits saved), by connections',
        ({ cpuLimitCores, cpuPercentBefore, broadcastShare, visitsSaving, connections, connectionsBefore, rateCap }) =>
          cpuCoresFromAnchor(
            { cores: (cpuLimitCores * cpuPercentBefore) / 100, connections: connectionsBefore, ratePerSecond: rateCap },
            connections,
            rateCap,
            broadcastShare * visitsSaving,
          ),
      ),
      otherwise: [
        [
          'microseconds a send, as claimed',
          formula(
            'cores / sends',
            ({ coresAtCap, connections, rateCap }) =>
              cpuNsPerSend(coresAtCap, sendsPerSecond(connections, rateCap)) / 1_000,
          ),
        ],
        [
          'cores when the network card is full',
          formula(
            'cores by rate, at the rate that fills the network card',
            (given) => (given.coresAtCap * rateMax.of(given)) / given.rateCap,
          ),
        ],
      ],
      shownBy: [simulated.coresAtCap, live.microsecondsPerSend],
      note: 'A projection, 1.2314 when done again. With full fan-out it cannot be observed on this machine: its network card delivers 41.7 messages/s per client.',
    },
    {
      id: 'cpu100-pct',
      line: 204,
      says: '64.8 % of the limit',
      claimed: 64.8,
      unit: '%',
      verdict: 'rounding',
      by: formula('cores / limit', ({ coresAtCap, cpuLimitCores }) => percentOf(coresAtCap, cpuLimitCores)),
      note: '64.74; 64.8 comes from cores before rounding, 1.2314.',
    },
    {
      id: 'cpu100-headroom',
      line: 205,
      says: '35.2 % of CPU is free',
      claimed: 35.2,
      unit: '%',
      verdict: 'consistent',
      by: formula('100 - CPU', ({ cpuPercentAtCap }) => 100 - cpuPercentAtCap),
      otherwise: [
        [
          'points to the reject threshold',
          formula('reject - CPU', ({ rejectPercent, cpuPercentAtCap }) => rejectPercent - cpuPercentAtCap),
        ],
        [
          'connections at which refusing begins',
          formula('reject / CPU x connections', ({ rejectPercent, cpuPercentAtCap, connections }) =>
            connectionsAtCpuPercent(rejectPercent, cpuPercentAtCap, connections),
          ),
        ],
        [
          'connections at which the bus pauses',
          formula('pause / CPU x connections', ({ pausePercent, cpuPercentAtCap, connections }) =>
            connectionsAtCpuPercent(pausePercent, cpuPercentAtCap, connections),
          ),
        ],
      ],
      note: 'Refusing begins after 10.2 points, at 13,889 clients.',
    },
    {
      id: 'cpu-rate-linearity',
      line: 203,
      says: '0.49, 0.69 and 1.23 cores at 25, 35 and 100 messages/s are one law',
      claimed: 1.23,
      unit: 'cores',
      verdict: 'inconsistent',
      by: formula(
        'cores at 25, by rate',
        ({ coresAt25, rateCap, rateConfigured }) => (coresAt25 * rateCap) / rateConfigured,
      ),
      otherwise: [
        [
          '% of the limit, in proportion to 25',
          formula('cores at 25, by rate / limit', ({ coresAt25, rateCap, rateConfigured, cpuLimitCores }) =>
            percentOf((coresAt25 * rateCap) / rateConfigured, cpuLimitCores),
          ),
        ],
        [
          'exponent from 25 to 35',
          formula('log of cores / log of rates', ({ coresAt25, rateConfigured, coresAt35, rateRecommended }) =>
            scalingExponent(
              { cores: coresAt25, ratePerSecond: rateConfigured },
              { cores: coresAt35, ratePerSecond: rateRecommended },
            ),
          ),
        ],
        [
          'exponent from 35 to 100',
          formula('log of cores / log of rates', ({ coresAt35, rateRecommended, coresAtCap, rateCap }) =>
            scalingExponent(
              { cores: coresAt35, ratePerSecond: rateRecommended },
              { cores: coresAtCap, ratePerSecond: rateCap },
            ),
          ),
        ],
        [
          'cores at 35 on a line through 25 and 100',
          formula('straight line', ({ coresAt25, rateConfigured, coresAtCap, rateCap, rateRecommended }) =>
            cpuCoresOnLine(
              { cores: coresAt25, ratePerSecond: rateConfigured },
              { cores: coresAtCap, ratePerSecond: rateCap },
              rateRecommended,
            ),
          ),
        ],
      ],
      shownBy: [live.exponent],
      contradicts: 'cpu25-cores',
      note: 'From 25 to 35 cores grow with the rate (exponent 1.02), from 35 to 100 with its root (0.55). The optimisations are in the 100 alone. Two laws exclude each other: by 0.49 at 25, 100 takes 1.96 cores, 103 % of the limit; by 1.23 at 100, 25 takes 0.308 (cpu25-cores). Figures that rest on 1.23, such as the gate at 8,000 clients (ramp8-cpu), hold by the second only: by the first it is at 68.8 %.',
    },
    {
      id: 'cpu100-near-baseline',
      line: 203,
      says: '64.8 % is near the optimised baseline',
      relation: '~',
      claimed: 64.8,
      unit: '%',
      verdict: 'ambiguous',
      recomputes: 'points above the baseline’s 60.2 %',
      by: formula('CPU - CPU before', ({ cpuPercentAtCap, cpuPercentBefore }) => cpuPercentAtCap - cpuPercentBefore),
      note: 'Which baseline is not said: the only one has 60.2 %, at 7,000 and not optimised; optimised, it would be 37.8 %.',
    },
    {
      id: 'mem100-same',
      line: 208,
      says: 'Memory as at 25: 6.024 GB, 86.1 %',
      claimed: 86.1,
      unit: '%',
      verdict: 'inconsistent',
      by: memoryPercent,
      restates: 'env-mem-86',
      contradicts: 'mem-limit-bytes',
      note: 'As env-mem-86.',
    },
    {
      id: 'net100-mb',
      line: 211,
      says: '600 MB/s go out',
      claimed: 600,
      unit: 'MB/s',
      verdict: 'consistent',
      by: megabytesPerSecond('rateCap'),
    },
    {
      id: 'net100-gbps',
      line: 211,
      says: '4.8 Gbps',
      claimed: 4.8,
      unit: 'Gbps',
      verdict: 'consistent',
      by: gbps('rateCap'),
    },
    {
      id: 'net100-exceeds',
      line: 213,
      says: '2.4 times the network card',
      claimed: 2.4,
      unit: 'x',
      verdict: 'consistent',
      by: networkOverload,
      shownBy: [simulated.deliveredShareAtCap],
    },
    {
      id: 'net100-upgrade',
      line: 214,
      says: 'Stay at 35 messages/s, or take an e2-standard-4 with 4 Gbps',
      claimed: 4,
      unit: 'Gbps',
      verdict: 'inconsistent',
      recomputes: 'Gbps that 100 messages/s need',
      by: gbps('rateCap'),
      otherwise: [
        [
          '% of 4 Gbps',
          formula('payload / network card', ({ connections, rateCap, messageBytes, networkBitsPerSecond4 }) =>
            percentOf(payloadBitsPerSecond(sendsPerSecond(connections, rateCap), messageBytes), networkBitsPerSecond4),
          ),
        ],
      ],
      right: { by: rateMax4, unit: 'messages/s on 4 Gbps' },
      shownBy: [simulated.network4PercentAt100],
      contradicts: 'e4-nic',
      note: '100 messages/s to 12,000 need 4.8 Gbps, 120 % of that card too. It carries 83.3.',
    },
    {
      id: 'msg100-total',
      line: 217,
      says: '1,200,000 messages/s go out',
      claimed: 1_200_000,
      unit: 'msg/s',
      verdict: 'consistent',
      by: sends('rateCap'),
      otherwise: [
        [
          'messages/s that the network card delivers',
          formula(
            'network card / (bytes x 8)',
            ({ networkBitsPerSecond, messageBytes }) => networkBitsPerSecond / payloadBitsPerSecond(1, messageBytes),
          ),
        ],
      ],
      shownBy: [simulated.deliveredShareAtCap],
      note: 'Wanted; the network card delivers 500,000.',
    },
  ],
};
