import { rampSeconds } from '#core';
import { formula, memoryMb, memoryPercent, percentOf, stated } from '../formulas.ts';
import { live } from '../live.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const capacityTest: Section = {
  title: 'Deployment / Capacity Test',
  claims: [
    {
      id: 'cap-vars',
      line: 351,
      says: 'The test takes 12,000 connections, 100 a second, 1,800 s',
      claimed: 120,
      unit: 's',
      verdict: 'config',
      recomputes: 'seconds of ramp',
      by: formula('connections / connections a second', ({ connections, rampPerSecond }) =>
        rampSeconds(connections, rampPerSecond),
      ),
      otherwise: [
        [
          'seconds, if they do not',
          formula(
            'ramp + duration',
            ({ connections, rampPerSecond, testSeconds }) => rampSeconds(connections, rampPerSecond) + testSeconds,
          ),
        ],
      ],
      note: 'The ramp lasts 120 s; whether the 1,800 include it is not said.',
    },
    {
      id: 'cap-duration',
      line: 350,
      says: 'It holds for 30 minutes',
      claimed: 1_800,
      unit: 's',
      verdict: 'consistent',
      by: formula('30 x 60', () => 30 * 60),
    },
    {
      id: 'cap-success',
      line: 355,
      says: '99 % or more of the connections succeed',
      relation: '>=',
      claimed: 99,
      unit: '%',
      verdict: 'empirical',
      recomputes: 'projected success, %',
      by: formula('projected / target', ({ connectionsProjected, connections }) =>
        percentOf(connectionsProjected, connections),
      ),
      shownBy: [live.acceptedPercent, simulated.acceptedPercent],
      note: '11,880 or more. Live, all of 12,000 were accepted and stayed.',
    },
    {
      id: 'cap-cpu',
      line: 356,
      says: 'CPU is 60 to 70 % of the limit',
      relation: 'in',
      claimed: [60, 70],
      unit: '%',
      verdict: 'inconsistent',
      recomputes: 'CPU % at 25 messages/s',
      by: stated('cpuPercentAt25'),
      otherwise: [['at 100 messages/s', stated('cpuPercentAtCap')]],
      right: { by: stated('cpuPercentAt25'), unit: '% at 25 messages/s' },
      shownBy: [simulated.cpuPercentAt25],
      contradicts: 'health-cpu',
      note: 'Only at 100 messages/s (64.8 %), which the network card cannot carry for 30 minutes. At the 25 of the same section it is 25.8 %, at 35 it is 36.3 %. The test has no message rate.',
    },
    {
      id: 'cap-mem',
      line: 357,
      says: 'Memory is 85 to 90 % of the limit',
      relation: 'in',
      claimed: [85, 90],
      unit: '%',
      verdict: 'inconsistent',
      recomputes: 'memory %, MB = MiB',
      by: formula('MB / limit, both in MiB', (given) => percentOf(memoryMb(given), given.memoryLimitMiB)),
      otherwise: [
        [
          'as written: thousands of MB by GiB',
          formula('MB / 7,000', (given) => percentOf(memoryMb(given), given.memoryLimitMixedMb)),
        ],
      ],
      right: { by: memoryPercent, unit: '%' },
      restates: 'env-mem-86',
      contradicts: 'mem-limit-bytes',
      note: '86.1 % only in mixed units; 84.0 % and 80.1 % lie outside the band.',
    },
    {
      id: 'cap-stable',
      line: 358,
      says: 'All connections stay for 30 minutes',
      claimed: null,
      unit: '',
      verdict: 'empirical',
      recomputes: 'connections open at the end of 1,800 simulated seconds at 25 messages/s',
      shownBy: [simulated.openAfterTest, live.openAtEnd],
      note: 'Taken literally it contradicts 99 % and up to 100 drops. In the twin all 12,000 stay; live they did for the length of the recorded runs.',
    },
  ],
};
