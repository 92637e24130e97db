import {
  bitsPerGigabit,
  bytesPerMiB,
  connectionsMaxByMemory,
  payloadBitsPerSecond,
  rateMaxByNetwork,
  sendsPerSecond,
} from '#core';
import {
  formula,
  networkOverload,
  networkPercent,
  percentOf,
  percentSaved,
  rateMax,
  rateMax4,
  rateMaxOnWire,
  upgradeUsd,
} from '../formulas.ts';
import { e4, inputs } from '../inputs.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const capacityLimits: Section = {
  title: 'Capacity Limits',
  claims: [
    {
      id: 'maxconn-usable',
      line: 229,
      says: '7 GB less the index leave 6.988 GB',
      claimed: 6.988,
      unit: 'GB',
      verdict: 'consistent',
      by: formula('limit in GiB - thousands of MB', ({ memoryLimitGiB, indexMb }) => memoryLimitGiB - indexMb / 1_000),
      note: 'GiB less 10^9 bytes. The index grows with the connections but is held at its size for 12,000.',
    },
    {
      id: 'maxconn-memory',
      line: 230,
      says: 'which hold 13,949 connections',
      claimed: 13_949,
      unit: 'connections',
      verdict: 'inconsistent',
      by: formula('(limit in MiB - index) / MB each, whole ones', ({ memoryLimitBytes, indexMb, mbPerConnection }) =>
        Math.floor(connectionsMaxByMemory(memoryLimitBytes / bytesPerMiB - indexMb, mbPerConnection)),
      ),
      otherwise: [
        [
          'as written',
          formula('6,988 MB / MB each', ({ usableMb, mbPerConnection }) =>
            connectionsMaxByMemory(usableMb, mbPerConnection),
          ),
        ],
        [
          'if MB is 10^6 bytes',
          formula('(limit - index) / MB each, whole ones', ({ memoryLimitBytes, indexMb, mbPerConnection }) =>
            Math.floor(connectionsMaxByMemory(memoryLimitBytes / 1e6 - indexMb, mbPerConnection)),
          ),
        ],
        [
          'as written, the index growing along',
          formula(
            '7,000 MB / (MB each + index each), whole ones',
            ({ memoryLimitMixedMb, mbPerConnection, indexMbPerClient }) =>
              Math.floor(connectionsMaxByMemory(memoryLimitMixedMb, mbPerConnection + indexMbPerClient)),
          ),
        ],
        [
          'in MiB, the index growing along',
          formula(
            '7,168 MiB / (MB each + index each), whole ones',
            ({ memoryLimitMiB, mbPerConnection, indexMbPerClient }) =>
              Math.floor(connectionsMaxByMemory(memoryLimitMiB, mbPerConnection + indexMbPerClient)),
          ),
        ],
      ],
      contradicts: 'mem-limit-bytes',
      note: 'As written it is 13,948.1, so the 13,949th does not fit. In one unit it is 14,283 (MiB) or 14,978 (10^6 bytes).',
    },
    {
      id: 'maxconn-buffer',
      line: 232,
      says: 'so 12,000 keep 14 % in reserve',
      claimed: 14,
      unit: '%',
      verdict: 'consistent',
      by: formula('(most - target) / most', ({ connectionsMaxClaimed, connections }) =>
        percentOf(connectionsMaxClaimed - connections, connectionsMaxClaimed),
      ),
      otherwise: [
        [
          '% above the target',
          formula('(most - target) / target', ({ connectionsMaxClaimed, connections }) =>
            percentOf(connectionsMaxClaimed - connections, connections),
          ),
        ],
      ],
      note: '13.97 % of the most; 16.2 % above the target.',
    },
    {
      id: 'rate-safe',
      line: 241,
      says: '2 Gbps hold 41.7 messages/s to 12,000',
      claimed: 41.7,
      unit: 'msg/s',
      verdict: 'consistent',
      by: rateMax,
      otherwise: [['with headers', rateMaxOnWire]],
      note: '41.67 of payload; 35.07 with headers.',
    },
    {
      id: 'rate-rec-headroom',
      line: 243,
      says: '35 messages/s leave 16 %',
      claimed: 16,
      unit: '%',
      verdict: 'consistent',
      by: formula('1 - 35 / rate that fills the network card', (given) =>
        percentSaved(rateMax.of(given), given.rateRecommended),
      ),
    },
    {
      id: 'rate-rec-tcp',
      line: 243,
      says: 'for what TCP adds',
      claimed: 16,
      unit: '%',
      verdict: 'ambiguous',
      recomputes: 'share of the wire that is headers, %',
      by: formula('1 - payload / bytes on the wire', ({ messageBytes, wireBytes }) =>
        percentSaved(wireBytes, messageBytes),
      ),
      otherwise: [
        [
          'Gbps on the wire at 35 messages/s',
          formula(
            'connections x rate x bytes with headers x 8',
            ({ connections, rateRecommended, wireBytes }) =>
              payloadBitsPerSecond(sendsPerSecond(connections, rateRecommended), wireBytes) / 1e9,
          ),
        ],
      ],
      shownBy: [simulated.networkWirePercentAt35],
      note: 'One message a packet: 4 B WebSocket, 32 B TCP, 20 B IP, 38 B Ethernet on 500 B are 15.8 % of the wire. So 35 messages/s are 1.996 of 2 Gbps: no reserve at all, and TLS is not counted.',
    },
    {
      id: 'rate-config-burst',
      line: 244,
      says: 'The cap of 100 is for bursts; sustained it exceeds the network card',
      claimed: 2.4,
      unit: 'x',
      verdict: 'consistent',
      by: networkOverload,
      shownBy: [simulated.burstSeconds],
      note: 'From empty buffers a burst lasts 8.8 s until the first drop.',
    },
    {
      id: 'rate-warn-50',
      line: 246,
      says: 'From 50 messages/s on the network is the bottleneck',
      relation: '>=',
      claimed: 50,
      unit: 'msg/s',
      verdict: 'ambiguous',
      recomputes: 'messages a second that fill the network card',
      by: rateMax,
      note: 'True, but late: it is from 41.7 on, on the wire from 35.1. One limit has three numbers, and 41.7 to 50 belongs to none.',
    },
    {
      id: 'rate-keep-25-35',
      line: 247,
      says: 'Keep production at 25 to 35 messages/s',
      relation: 'in',
      claimed: [25, 35],
      unit: 'msg/s',
      verdict: 'inconsistent',
      recomputes: 'rate at which the network stops being healthy',
      by: formula(
        '1.4 Gbps / (connections x bytes x 8)',
        ({ networkHealthyBitsPerSecond, connections, messageBytes }) =>
          rateMaxByNetwork(networkHealthyBitsPerSecond, connections, messageBytes),
      ),
      right: {
        by: formula(
          '1.4 Gbps / (connections x bytes x 8)',
          ({ networkHealthyBitsPerSecond, connections, messageBytes }) =>
            rateMaxByNetwork(networkHealthyBitsPerSecond, connections, messageBytes),
        ),
        unit: 'messages/s, at most',
      },
      shownBy: [simulated.healthAt35],
      holds: (rate) => inputs.rateRecommended.value <= rate,
      contradicts: 'mon-h-net',
      note: 'The document’s own table calls the network degraded from 1.4 Gbps on, which is 29.2 messages/s. A server kept at 35 as recommended shows a standing warning.',
    },
    {
      id: 'rate-upgrade-hint',
      line: 248,
      says: 'For more take an e2-standard-4 with 4 Gbps',
      claimed: null,
      unit: 'msg/s',
      verdict: 'consistent',
      recomputes: 'messages a second that fill 4 Gbps',
      by: rateMax4,
      note: 'Right in kind: 83.3 messages/s.',
    },
    {
      id: 'scale-current',
      line: 254,
      says: 'Today: 12,000 at 25 messages/s',
      relation: '<=',
      claimed: 25,
      unit: 'msg/s',
      verdict: 'consistent',
      recomputes: 'rate that fills the network card',
      by: rateMax,
      note: '25 is within the network card’s 41.7, and within 35.1 on the wire.',
    },
    {
      id: 'scale-to-35',
      line: 255,
      says: 'Possible: 12,000 at 35 (84 %)',
      claimed: 84,
      unit: '%',
      verdict: 'consistent',
      by: networkPercent('rateRecommended'),
    },
    {
      id: 'scale-not-50',
      line: 256,
      says: 'Impossible: 12,000 at 50 or more',
      relation: '>',
      claimed: 100,
      unit: '%',
      verdict: 'consistent',
      recomputes: 'share of the network card at 50 messages/s, %',
      by: networkPercent('rateForbidden'),
      note: '120 %.',
    },
    {
      id: 'upgrade-cost-48',
      line: 260,
      says: 'The upgrade costs $48 more',
      claimed: 48,
      unit: 'USD/month',
      verdict: 'consistent',
      by: upgradeUsd,
      note: 'The difference is right, the prices are not: see price-ratio.',
    },
    {
      id: 'upgrade-hw',
      line: 259,
      says: 'e2-standard-4 has 4 vCPUs and 4 Gbps',
      claimed: 4,
      unit: 'Gbps',
      verdict: 'config',
      configured: e4.networkBitsPerSecond === null ? null : e4.networkBitsPerSecond / bitsPerGigabit,
      note: 'A machine profile of the twin.',
    },
    {
      id: 'upgrade-166',
      line: 261,
      says: 'and carries 166 messages/s to 12,000',
      claimed: 166,
      unit: 'msg/s',
      verdict: 'inconsistent',
      by: rateMax4,
      otherwise: [
        [
          'Gbps that 166 need',
          formula(
            'connections x 166 x bytes x 8',
            ({ connections, messageBytes }) =>
              payloadBitsPerSecond(sendsPerSecond(connections, 166), messageBytes) / 1e9,
          ),
        ],
        [
          'messages/s at 84 %',
          formula('84 % of the network card', (given) => given.networkShareRecommended * rateMax4.of(given)),
        ],
      ],
      shownBy: [simulated.network4PercentAt166],
      contradicts: 'rate-safe',
      note: '83.3: twice the network card, twice the rate. 166 is 41.7 x 4 and needs 8 Gbps.',
    },
  ],
};
