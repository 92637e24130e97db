import { bytesPerMiB, cpuNsPerSend, payloadBitsPerSecond, sendBufferFullBytes, sendsPerSecond } from '#core';
import {
  formula,
  gbps,
  megabytesPerSecond,
  memoryPercent,
  networkHeadroom,
  networkPercent,
  networkPercentOnWire,
  percentOf,
  sends,
  unoptimisedCores,
} from '../formulas.ts';
import { live } from '../live.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const usageAt35: Section = {
  title: 'Expected Resource Usage / At 35 msg/sec',
  claims: [
    {
      id: 'cpu35-cores',
      line: 181,
      says: '0.69 cores',
      claimed: 0.69,
      unit: 'cores',
      verdict: 'inconsistent',
      by: formula(
        'cores at 100 messages/s, by rate',
        ({ coresAtCap, rateRecommended, rateCap }) => (coresAtCap * rateRecommended) / rateCap,
      ),
      otherwise: [
        ['cores without the optimisations', unoptimisedCores('rateRecommended')],
        [
          'in proportion to 0.49 at 25',
          formula(
            'cores at 25, by rate',
            ({ coresAt25, rateRecommended, rateConfigured }) => (coresAt25 * rateRecommended) / rateConfigured,
          ),
        ],
        [
          'microseconds a send, as claimed',
          formula(
            'cores / sends',
            ({ coresAt35, connections, rateRecommended }) =>
              cpuNsPerSend(coresAt35, sendsPerSecond(connections, rateRecommended)) / 1_000,
          ),
        ],
      ],
      shownBy: [live.microsecondsPerSend],
      contradicts: 'cpu100-cores',
      note: 'In proportion to 1.23 at 100 it would be 0.431 (22.7 %). 0.69 is, as 0.49 at 25, the machine without the optimisations: 0.686.',
    },
    {
      id: 'cpu35-pct',
      line: 182,
      says: '36.3 % of the limit',
      claimed: 36.3,
      unit: '%',
      verdict: 'consistent',
      by: formula('cores / limit', ({ coresAt35, cpuLimitCores }) => percentOf(coresAt35, cpuLimitCores)),
      shownBy: [simulated.cpuPercentAt35],
      note: '36.32, given the 0.69.',
    },
    {
      id: 'cpu35-headroom',
      line: 183,
      says: '63.7 % of CPU is free',
      claimed: 63.7,
      unit: '%',
      verdict: 'consistent',
      by: formula('100 - CPU', ({ cpuPercentAt35 }) => 100 - cpuPercentAt35),
    },
    {
      id: 'mem35-same',
      line: 186,
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
      id: 'mem-rate-independent',
      line: 187,
      says: 'Memory does not depend on the message rate',
      claimed: null,
      unit: '',
      verdict: 'inconsistent',
      recomputes: 'KiB saved per client if only headers count',
      by: formula(
        'slots removed x header of a slot',
        ({ slotsBefore, slots, slotHeaderBytes }) => ((slotsBefore - slots) * slotHeaderBytes) / 1_024,
      ),
      otherwise: [
        [
          'MiB saved by 12,000 clients, headers alone',
          formula(
            'connections x slots removed x header',
            ({ connections, slotsBefore, slots, slotHeaderBytes }) =>
              (connections * (slotsBefore - slots) * slotHeaderBytes) / bytesPerMiB,
          ),
        ],
        [
          'GB in 12,000 full buffers',
          formula(
            'connections x slots x bytes',
            ({ connections, slots, messageBytes }) => (connections * sendBufferFullBytes(slots, messageBytes)) / 1e9,
          ),
        ],
      ],
      shownBy: [live.memoryGrowthWithRate],
      contradicts: 'opt1-mem-conn',
      note: 'Then a slot costs its 24-byte header alone, and the smaller buffer saves 36 KiB a client instead of 0.41 or 0.8 MB. If a slot costs the 500 bytes queued in it, memory follows the queues, so rate and slow clients. One of the two has to go.',
    },
    {
      id: 'net35-mb',
      line: 190,
      says: '210 MB/s go out',
      claimed: 210,
      unit: 'MB/s',
      verdict: 'consistent',
      by: megabytesPerSecond('rateRecommended'),
    },
    {
      id: 'net35-gbps',
      line: 190,
      says: '1.68 Gbps',
      claimed: 1.68,
      unit: 'Gbps',
      verdict: 'consistent',
      by: gbps('rateRecommended'),
    },
    {
      id: 'net35-pct',
      line: 192,
      says: '84 % of the network card',
      claimed: 84,
      unit: '%',
      verdict: 'consistent',
      by: networkPercent('rateRecommended'),
      otherwise: [
        ['with headers', networkPercentOnWire('rateRecommended')],
        [
          'with headers, without preamble, gap and checksum',
          formula('frames / network card', ({ connections, rateRecommended, frameBytes, networkBitsPerSecond }) =>
            percentOf(
              payloadBitsPerSecond(sendsPerSecond(connections, rateRecommended), frameBytes),
              networkBitsPerSecond,
            ),
          ),
        ],
      ],
      shownBy: [simulated.networkWirePercentAt35],
      note: 'Payload; with the headers of one packet a message 99.8 %.',
    },
    {
      id: 'net35-headroom',
      line: 193,
      says: '16 % are free',
      claimed: 16,
      unit: '%',
      verdict: 'consistent',
      by: networkHeadroom('rateRecommended'),
      note: 'On the wire it is 0.2 %: see rate-rec-tcp.',
    },
    {
      id: 'msg35-total',
      line: 196,
      says: '420,000 messages/s go out',
      claimed: 420_000,
      unit: 'msg/s',
      verdict: 'consistent',
      by: sends('rateRecommended'),
    },
  ],
};
