import { memoryTotal, workerQueueFor } from '#core';
import { formula, percentOf, tasksLimitBefore } from '../formulas.ts';
import { inputs } from '../inputs.ts';
import type { Section } from '../claim.ts';

export const rollback: Section = {
  title: 'Rollback Plan',
  claims: [
    {
      id: 'rb-conns',
      line: 634,
      says: 'Back to 7,000 connections',
      claimed: 7_000,
      unit: 'connections',
      verdict: 'config',
      configured: inputs.connectionsBefore.value,
      note: 'What happens to those above it is not said; here nobody is turned out, and nobody new comes in.',
    },
    {
      id: 'rb-workers',
      line: 635,
      says: '192 workers',
      claimed: 192,
      unit: 'workers',
      verdict: 'config',
      configured: inputs.workersBefore.value,
    },
    {
      id: 'rb-queue',
      line: 636,
      says: 'a queue of 19,200',
      claimed: 19_200,
      unit: 'tasks',
      verdict: 'config',
      by: formula('100 x workers', ({ workersBefore }) => workerQueueFor(workersBefore)),
      configured: inputs.queueBefore.value,
    },
    {
      id: 'rb-gor',
      line: 637,
      says: '17,500 tasks',
      claimed: 17_500,
      unit: 'goroutines',
      verdict: 'config',
      recomputes: 'the formula’s value',
      by: tasksLimitBefore,
      configured: inputs.tasksMaxBefore.value,
      note: '17,046 by the formula; 14,205 active are 81 %.',
    },
    {
      id: 'rb-safe',
      line: 642,
      says: 'The optimisations do no harm at 7,000',
      claimed: null,
      unit: '%',
      verdict: 'consistent',
      recomputes: 'memory % at 7,000, as the document counts',
      by: formula(
        '(connections x MB each + index) / 7,000 MB, at 7,000',
        ({ connectionsBefore, mbPerConnection, indexMbBefore, memoryLimitMixedMb }) =>
          percentOf(memoryTotal(connectionsBefore, mbPerConnection, 0) + indexMbBefore, memoryLimitMixedMb),
      ),
      note: '50.2 % memory instead of 91.1 %, 37.8 % CPU instead of 60.2 %.',
    },
  ],
};
