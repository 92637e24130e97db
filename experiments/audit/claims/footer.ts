import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const footer: Section = {
  title: 'Footer',
  claims: [
    {
      id: 'foot-status',
      line: 647,
      says: 'Ready for staged testing, on optimisations validated in production',
      claimed: null,
      unit: '',
      verdict: 'ambiguous',
      note: 'Validated one day before the document’s date; see str-tested.',
    },
    {
      id: 'foot-for',
      line: 649,
      says: 'Recommended for 12,000 at 25 to 35 messages/s, with bursts of 100',
      claimed: [25, 35, 100],
      unit: 'msg/s',
      verdict: 'config',
      shownBy: [simulated.burstSeconds],
      note: 'A burst may last 8.8 s.',
    },
  ],
};
