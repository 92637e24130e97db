import {
  connectionsMaxByMemory,
  cpuCoresFromAnchor,
  payloadBitsPerSecond,
  rateMaxByNetwork,
  sendsPerSecond,
  usdPerThousandConnections,
} from '#core';
import { formula, networkPercent, percentOf, rateMax4At25k } from '../formulas.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

/** Cores by the law of the document: 64.8 % of 1.9 cores at 12,000 and 100 messages/s, by connections and rate. */
const coresAt200 = formula(
  'cores by connections and rate',
  ({ cpuLimitCores, cpuPercentAtCap, connections, rateCap, connections8 }) =>
    cpuCoresFromAnchor(
      { cores: (cpuLimitCores * cpuPercentAtCap) / 100, connections, ratePerSecond: rateCap },
      connections8,
      200,
    ),
);

export const scalingPath: Section = {
  title: 'Vertical Scaling Path',
  claims: [
    {
      id: 'path-e2',
      line: 399,
      says: 'e2-standard-2: 12,000 at 35 for $24',
      claimed: 84,
      unit: '%',
      verdict: 'consistent',
      by: networkPercent('rateRecommended'),
    },
    {
      id: 'path-e4-rate',
      line: 402,
      says: 'e2-standard-4: 25,000 at 100 messages/s',
      claimed: 100,
      unit: 'msg/s',
      verdict: 'inconsistent',
      by: rateMax4At25k,
      shownBy: [simulated.network4PercentAt25k],
      restates: 'e4-25k-100',
      contradicts: 'e4-nic',
      note: '40 at most.',
    },
    {
      id: 'path-e4-cost',
      line: 402,
      says: 'e2-standard-4: $72, $2.88 per thousand',
      claimed: 2.88,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula('price / 25', ({ usdPerMonth4, connections4 }) =>
        usdPerThousandConnections(usdPerMonth4, connections4),
      ),
    },
    {
      id: 'path-e8-rate',
      line: 405,
      says: 'e2-standard-8: 40,000 at 200 messages/s',
      claimed: 200,
      unit: 'msg/s',
      verdict: 'inconsistent',
      by: formula('network card / (connections x bytes x 8)', ({ networkBitsPerSecond8, connections8, messageBytes }) =>
        rateMaxByNetwork(networkBitsPerSecond8, connections8, messageBytes),
      ),
      otherwise: [
        [
          'Gbps needed',
          formula(
            'connections x 200 x bytes x 8',
            ({ connections8, messageBytes }) =>
              payloadBitsPerSecond(sendsPerSecond(connections8, 200), messageBytes) / 1e9,
          ),
        ],
        [
          'messages/s with 16 Gbps',
          formula('16 Gbps / (connections x bytes x 8)', ({ connections8, messageBytes }) =>
            rateMaxByNetwork(16e9, connections8, messageBytes),
          ),
        ],
        ['cores needed, by the document’s law', coresAt200],
        [
          '% of 95 % of 8 vCPUs',
          formula('cores needed / limit', (given) => percentOf(coresAt200.of(given), 0.95 * given.vcpus8)),
        ],
      ],
      shownBy: [simulated.network8PercentAt40k],
      contradicts: 'e4-nic',
      note: 'That needs 32 Gbps. At 1 Gbps per vCPU it has 8, for 50 messages/s; 16 Gbps would do 100. CPU would be 8.2 of 7.6 cores by the document’s law.',
    },
    {
      id: 'path-e8-conns',
      line: 405,
      says: 'e2-standard-8: 40,000 connections',
      relation: '<=',
      claimed: 40_000,
      unit: 'connections',
      verdict: 'consistent',
      recomputes: 'connections that memory holds',
      by: formula(
        '28,000 MB / (MB each + index each), whole ones',
        ({ memoryLimitGiB8, mbPerConnection, indexMbPerClient }) =>
          Math.floor(connectionsMaxByMemory(memoryLimitGiB8 * 1_000, mbPerConnection + indexMbPerClient)),
      ),
      note: 'Memory would hold 55,776, so it is not what limits; the 40,000 are derived nowhere.',
    },
    {
      id: 'path-e8-cost',
      line: 405,
      says: 'e2-standard-8: $144, $3.60 per thousand',
      claimed: 3.6,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula('price / thousand connections', ({ usdPerMonth8, connections8 }) =>
        usdPerThousandConnections(usdPerMonth8, connections8),
      ),
    },
    {
      id: 'price-ratio',
      line: 405,
      says: '2, 4 and 8 vCPUs cost $24, $72 and $144',
      claimed: 3,
      unit: 'x',
      verdict: 'inconsistent',
      by: formula('vCPUs / vCPUs', ({ vcpus4, vcpus }) => vcpus4 / vcpus),
      otherwise: [
        [
          'as claimed, 4 against 2',
          formula('price / price', ({ usdPerMonth4, usdPerMonth }) => usdPerMonth4 / usdPerMonth),
        ],
        [
          'as claimed, 8 against 2',
          formula('price / price', ({ usdPerMonth8, usdPerMonth }) => usdPerMonth8 / usdPerMonth),
        ],
      ],
      contradicts: 'upgrade-hw',
      note: 'Twice the machine costs three times as much. In this family price follows vCPUs and memory: $24, $48, $96 or $36, $72, $144. Outside evidence: lists say about $48.9, $97.8 and $195.7. Then a thousand connections cost about the same on each.',
    },
  ],
};
