import { memoryTotal } from '#core';
import { documentedStages } from '../../ramp/ramp.ts';
import { formula, gatePercent } from '../formulas.ts';
import type { Section } from '../claim.ts';

export const migration: Section = {
  title: 'Migration from Baseline Config',
  claims: [
    {
      id: 'mig-deploy',
      line: 590,
      says: 'First deploy both changes of the code',
      claimed: null,
      unit: '',
      verdict: 'procedure',
    },
    {
      id: 'mig-2h',
      line: 600,
      says: 'then watch 7,000 for 2 hours',
      claimed: 2,
      unit: 'h',
      verdict: 'procedure',
      note: 'The ramp-up section has no such step.',
    },
    {
      id: 'mig-mem',
      line: 602,
      says: 'Memory falls from 6.4 to about 3.5 GB',
      relation: '~',
      claimed: 3.5,
      unit: 'GB',
      verdict: 'consistent',
      by: formula(
        '(connections x MB each + index) / 1,000, at 7,000',
        ({ connectionsBefore, mbPerConnection, indexMbBefore }) =>
          (memoryTotal(connectionsBefore, mbPerConnection, 0) + indexMbBefore) / 1_000,
      ),
      otherwise: [
        [
          'GB before',
          formula(
            'connections x MB each before / 1,000',
            ({ connectionsBefore, mbPerConnectionBefore }) =>
              memoryTotal(connectionsBefore, mbPerConnectionBefore, 0) / 1_000,
          ),
        ],
        [
          'GB by 0.3 MB',
          formula(
            'connections x 0.3 MB / 1,000',
            ({ connectionsBefore, mbPerConnectionOther }) =>
              memoryTotal(connectionsBefore, mbPerConnectionOther, 0) / 1_000,
          ),
        ],
      ],
      note: '6.377 to 3.514; by the 0.3 MB of the send buffer’s section it would be 2.1.',
    },
    {
      id: 'mig-cpu',
      line: 603,
      says: 'CPU falls from 60 % to about 38 %',
      relation: '~',
      claimed: 38,
      unit: '%',
      verdict: 'consistent',
      by: gatePercent('cpuPercentAtCap', 'connectionsBefore'),
      otherwise: [
        [
          'share of CPU in the broadcast loop',
          formula(
            '(1 - CPU / before) / visits saved',
            (given) =>
              (1 - gatePercent('cpuPercentAtCap', 'connectionsBefore').of(given) / given.cpuPercentBefore) /
              given.visitsSaving,
          ),
        ],
      ],
      note: '37.8: by 37 %, so the broadcast loop was 40 % of CPU if it lost 93 %.',
    },
    {
      id: 'mig-8k',
      line: 607,
      says: 'then 8,000 for 4 hours',
      claimed: 4,
      unit: 'h',
      verdict: 'procedure',
      configured: documentedStages[0].soakSeconds / 3_600,
      note: 'No gate in numbers here; the ramp-up has them.',
    },
    {
      id: 'mig-10k',
      line: 614,
      says: 'then 10,000 for 4 hours',
      claimed: 4,
      unit: 'h',
      verdict: 'procedure',
      configured: documentedStages[1].soakSeconds / 3_600,
    },
    {
      id: 'mig-12k',
      line: 621,
      says: 'then 12,000, watched for 24 hours',
      claimed: 24,
      unit: 'h',
      verdict: 'procedure',
      recomputes: 'hours of the whole migration',
      by: formula(
        '2 + 4 + 4 + 24',
        () => 2 + documentedStages.reduce((hours, { soakSeconds }) => hours + soakSeconds / 3_600, 0),
      ),
      note: '34 hours in all. Workers, queue and task limit change only now.',
    },
  ],
};
