import { bytesPerMiB, type RunReport } from '#core';
import type { Lab } from './lab.ts';

/** A figure that a run gave, for a claim that arithmetic alone cannot settle. */
export interface Evidence {
  readonly kind: 'simulation' | 'live run';
  readonly what: string;
  readonly unit: string;
  /** The command that shows it; empty: `audit --id` does. */
  readonly command: string;
  readonly of: (lab: Lab) => number | string;
}

export type Figure = (report: RunReport) => number | string;

export const utilisation =
  (resource: string): Figure =>
  ({ summary }) =>
    (summary.resources.find((one) => one.resource === resource)?.utilisation ?? 0) * 100;
export const perClient: Figure = ({ summary }) => summary.receivedPerSecond / summary.connections.open;
export const health: Figure = ({ summary }) => summary.health;
export const memoryMb = ({ summary }: RunReport): number => summary.memory.perConnectionBytes / bytesPerMiB;
export const deliveredPercent = ({ summary }: RunReport): number =>
  (summary.receivedPerSecond / (summary.publishedPerSecond * summary.connections.asked)) * 100;
export const sendsPerMessage = ({ summary }: RunReport): number => summary.sentPerSecond / summary.publishedPerSecond;
export const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
export const publishedOf = (ledger: RunReport['summary']['ledger']): number =>
  ledger.busAcknowledged + ledger.busWaiting + ledger.busExpired;
/** Whatever did not reach its client. */
export const lost = ({ summary: { ledger } }: RunReport): number =>
  sumOf(ledger.droppedByReason) + ledger.lostWithConnection + ledger.unknown;
