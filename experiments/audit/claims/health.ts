import { bytesPerMiB } from '#core';
import { cpuPercentAt25, formula, memoryMb, memoryPercentDecimal, percentOf } from '../formulas.ts';
import { settings } from '../inputs.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const health: Section = {
  title: 'Deployment / Validate (health JSON)',
  claims: [
    {
      id: 'health-status',
      line: 338,
      says: 'At 12,000 of 12,000 the status is healthy',
      claimed: 'healthy',
      unit: '',
      verdict: 'inconsistent',
      recomputes: 'connections % of their limit; degraded from 90 on',
      by: formula('connections / limit', ({ connections }) => percentOf(connections, connections)),
      shownBy: [simulated.healthAtTarget],
      contradicts: 'mon-h-conn',
      note: 'The monitoring table calls 90 to 100 % of the connections degraded, so the target never shows healthy. Outside evidence: the original answers degraded.',
    },
    {
      id: 'health-cpu',
      line: 340,
      says: 'CPU shows 26 %',
      claimed: 26,
      unit: '%',
      verdict: 'consistent',
      by: cpuPercentAt25,
      note: '25.8, rounded as the health report does.',
    },
    {
      id: 'health-cpu-threshold',
      line: 340,
      says: 'against a threshold of 75',
      claimed: 75,
      unit: '%',
      verdict: 'config',
      configured: settings.cpuRejectPercent,
    },
    {
      id: 'health-mem',
      line: 341,
      says: 'Memory shows 86 % of 7,168 MB',
      claimed: 86,
      unit: '%',
      verdict: 'inconsistent',
      by: formula('MB / limit, both in MiB', (given) => percentOf(memoryMb(given), given.memoryLimitMiB)),
      otherwise: [['if MB is 10^6 bytes', memoryPercentDecimal]],
      contradicts: 'health-mem-limit',
      note: 'The same line gives the limit in MiB; against that it is 84 %.',
    },
    {
      id: 'health-mem-limit',
      line: 341,
      says: 'The memory limit shows as 7,168',
      claimed: 7_168,
      unit: 'MiB',
      verdict: 'consistent',
      by: formula('limit in MiB', ({ memoryLimitBytes }) => memoryLimitBytes / bytesPerMiB),
      note: 'Exact, so these fields are MiB.',
    },
    {
      id: 'health-capacity',
      line: 342,
      says: 'Capacity shows 12,000 of 12,000, 100 %',
      claimed: 100,
      unit: '%',
      verdict: 'consistent',
      by: formula('connections / limit', ({ connections }) => percentOf(connections, connections)),
      note: 'This block has no verdict of its own, unlike the other two.',
    },
    {
      id: 'health-missing',
      line: 339,
      says: 'The report has CPU, memory and capacity',
      claimed: 3,
      unit: 'checks',
      verdict: 'ambiguous',
      note: 'Tasks, network and NATS have thresholds but no block; a lost NATS must still make the server unhealthy. This project’s report has all six.',
    },
  ],
};
