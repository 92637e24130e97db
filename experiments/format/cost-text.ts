import type { RunReport, Summary } from '#core';
import { usd } from './quantities.ts';

/** The bill of a month: machine and egress, and both together; null where there is neither price nor traffic to pay. */
export function costText({ cost, usdPerMonth, network }: Summary): string | null {
  if (cost === null) return usdPerMonth === null ? null : `${usd(usdPerMonth)} a month for the machine`;
  if (cost.computeUsdPerMonth === null && network.limitBitsPerSecond === null) return null;
  const { computeUsdPerMonth, egressUsdPerMonth, egress } = cost;
  const traffic = `${usd(egressUsdPerMonth)} ${egress} egress of this load, all month`;
  if (computeUsdPerMonth === null) return `machine unknown (machine.usdPerHour is not set) + ${traffic}`;
  return `${usd(computeUsdPerMonth)} machine + ${traffic} = ${usd(computeUsdPerMonth + egressUsdPerMonth)} a month`;
}

/** By what the profile's CPU costs were multiplied for the machine; null where by nothing. */
export const transferText = ({ transfer }: Pick<RunReport, 'transfer'>): string | null =>
  transfer === undefined
    ? null
    : `x${transfer.middle.toFixed(2)} (${transfer.low.toFixed(2)} to ${transfer.high.toFixed(2)}): ${transfer.basis}`;
