import { diskUsdPerMonth, egressUsd, gigabytesPerMonth, percentAtConnections, usdPerThousandConnections } from '#core';
import { egressReads, formula, instanceUsd, percentSaved, targetEgressUsd, usdPerThousandTotal } from '../formulas.ts';
import { simulated } from '../simulated.ts';
import type { Section } from '../claim.ts';

export const cost: Section = {
  title: 'Cost Breakdown',
  claims: [
    {
      id: 'cost-instance',
      line: 467,
      says: 'Instance: $24.09 a month',
      claimed: 24.09,
      unit: 'USD/month',
      verdict: 'consistent',
      by: instanceUsd,
    },
    {
      id: 'cost-disk',
      line: 468,
      says: 'Disk: $0.80 a month for 20 GB',
      claimed: 0.8,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula('GB x price', () => diskUsdPerMonth, ['diskGigabytes', 'diskUsdPerGigabyte']),
      note: '$0.04 per GB.',
    },
    {
      id: 'cost-egress',
      line: 469,
      says: 'Egress: about $13 a month for 12,000 at 25 messages/s',
      relation: '~',
      claimed: 13,
      unit: 'USD/month',
      verdict: 'inconsistent',
      by: formula('GB of a month at list prices, by tier', targetEgressUsd, egressReads),
      otherwise: [
        [
          'USD per GB, as claimed',
          formula(
            '13 / GB of a month',
            ({ egressUsdClaimed, connections, rateConfigured, messageBytes }) =>
              egressUsdClaimed / gigabytesPerMonth(connections, rateConfigured, messageBytes),
            ['hoursPerMonth'],
          ),
        ],
        [
          'with 500 subscribers per channel',
          formula(
            'GB of a month at list prices, by tier',
            ({ subscribersPerChannel, rateConfigured, messageBytes }) =>
              egressUsd(gigabytesPerMonth(subscribersPerChannel, rateConfigured, messageBytes)),
            egressReads,
          ),
        ],
      ],
      shownBy: [simulated.egressUsdAt25],
      contradicts: 'net25-mb',
      note: '150 MB/s are 394,200 GB a month: about $31,800. $13 would be $0.000033 a GB. Even with 500 subscribers per channel it is about $1,600.',
    },
    {
      id: 'cost-total',
      line: 470,
      says: 'All together about $38',
      relation: '~',
      claimed: 38,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula(
        'instance + disk + egress',
        ({ instanceUsd: instance, diskUsd, egressUsdClaimed }) => instance + diskUsd + egressUsdClaimed,
      ),
      note: '37.89 with the claimed egress.',
    },
    {
      id: 'cost-per-conn',
      line: 472,
      says: '$0.0032 per connection',
      claimed: 0.0032,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula('all costs / connections', ({ totalUsd, connections }) => totalUsd / connections),
      note: '0.003167.',
    },
    {
      id: 'cost-per-1k',
      line: 473,
      says: '$3.17 per thousand, all in',
      claimed: 3.17,
      unit: 'USD/month',
      verdict: 'consistent',
      by: usdPerThousandTotal,
      otherwise: [
        [
          'with egress at list prices',
          formula(
            '(instance + disk + egress) / thousand connections',
            (given) =>
              usdPerThousandConnections(given.instanceUsd + given.diskUsd + targetEgressUsd(given), given.connections),
            egressReads,
          ),
        ],
      ],
      note: 'With egress at list prices it is about $2,656.',
    },
    {
      id: 'cost-compute-1k',
      line: 474,
      says: '$2.00 per thousand for the instance alone',
      claimed: 2,
      unit: 'USD/month',
      verdict: 'rounding',
      by: formula('instance / thousand connections', ({ instanceUsd: instance, connections }) =>
        usdPerThousandConnections(instance, connections),
      ),
      printedTo: 0.01,
      note: '$24.09 over 12 is 2.0075, so $2.01; 2.00 comes from the rounded $24.',
    },
    {
      id: 'cost-baseline-total',
      line: 479,
      says: 'The baseline costs $33 a month',
      claimed: 33,
      unit: 'USD/month',
      verdict: 'rounding',
      by: formula(
        'instance + disk + egress by connections',
        ({ instanceUsd: instance, diskUsd, egressUsdClaimed, connectionsBefore, connections }) =>
          instance + diskUsd + percentAtConnections(egressUsdClaimed, connectionsBefore, connections),
      ),
      note: '32.47 with egress by connections, so $32.',
    },
    {
      id: 'cost-baseline-1k',
      line: 479,
      says: 'which is $4.71 per thousand',
      claimed: 4.71,
      unit: 'USD/month',
      verdict: 'consistent',
      by: formula('all costs / thousand connections', ({ totalUsdBefore, connectionsBefore }) =>
        usdPerThousandConnections(totalUsdBefore, connectionsBefore),
      ),
      note: '4.714.',
    },
    {
      id: 'cost-opt-1k',
      line: 480,
      says: 'Optimised: $38, $3.17 per thousand',
      claimed: 3.17,
      unit: 'USD/month',
      verdict: 'consistent',
      by: usdPerThousandTotal,
      restates: 'cost-per-1k',
    },
    {
      id: 'cost-saving-33',
      line: 481,
      says: '33 % saved per connection',
      claimed: 33,
      unit: '%',
      verdict: 'consistent',
      by: formula('1 - cost per thousand / before', ({ totalUsdBefore, connectionsBefore, totalUsd, connections }) =>
        percentSaved(
          usdPerThousandConnections(totalUsdBefore, connectionsBefore),
          usdPerThousandConnections(totalUsd, connections),
        ),
      ),
      note: '32.8 % of the stated totals, which leave most of the egress out.',
    },
    {
      id: 'cost-saving-154',
      line: 481,
      says: '$1.54 saved per thousand',
      claimed: 1.54,
      unit: 'USD/month',
      verdict: 'rounding',
      by: formula(
        'cost per thousand before - now',
        ({ totalUsdBefore, connectionsBefore, totalUsd, connections }) =>
          usdPerThousandConnections(totalUsdBefore, connectionsBefore) -
          usdPerThousandConnections(totalUsd, connections),
      ),
      note: '1.548, so $1.55; 1.54 is the difference of the rounded 4.71 and 3.17.',
    },
  ],
};
