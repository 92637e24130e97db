import { bytesPerGiB } from '#core';
import { formula, listUsdPerMonth } from '../formulas.ts';
import { e2 } from '../inputs.ts';
import type { Section } from '../claim.ts';

export const hardware: Section = {
  title: 'Hardware Specifications',
  claims: [
    {
      id: 'hw-type',
      line: 28,
      says: 'The machine is an e2-standard-2',
      claimed: 'e2-standard-2',
      unit: '',
      verdict: 'config',
      configured: e2.name,
      note: 'A machine profile of the twin.',
    },
    {
      id: 'hw-vcpus',
      line: 29,
      says: 'with 2 vCPUs',
      claimed: 2,
      unit: 'vCPU',
      verdict: 'config',
      configured: e2.vcpus,
      note: 'Two hardware threads.',
    },
    {
      id: 'hw-memory',
      line: 30,
      says: 'and 8 GB of memory',
      claimed: 8,
      unit: 'GiB',
      verdict: 'consistent',
      by: formula(
        'limit in GiB + what is kept back',
        ({ memoryLimitBytes, reservedGiB }) => memoryLimitBytes / bytesPerGiB + reservedGiB,
      ),
      note: 'So "GB" means GiB here.',
    },
    {
      id: 'hw-network',
      line: 31,
      says: 'and a network card of 2 Gbps',
      claimed: 2_000_000_000,
      unit: 'bit/s',
      verdict: 'config',
      configured: e2.networkBitsPerSecond,
      note: 'Taken as given. Outside evidence: small machines of this vendor may get about 2 Gbps per vCPU, with 7 Gbps per machine to the internet; so it is a field of the machine profile.',
    },
    {
      id: 'hw-cost',
      line: 32,
      says: 'for $24 a month, about $0.033 an hour',
      claimed: 24,
      unit: 'USD/month',
      verdict: 'inconsistent',
      by: listUsdPerMonth,
      restates: 'monthly-cost',
      contradicts: 'price-ratio',
    },
  ],
};
