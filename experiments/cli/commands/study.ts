import { runLive } from '../../live/run-live.ts';
import { type LiveComparison, liveScanAgainstIndex } from '../../planner/live-lookup.ts';
import { type OptimisationStudy, optimisationStudy } from '../../planner/optimisation-study.ts';
import { loadProfiles } from '../../profiles.ts';
import { resolveFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { tell } from '../command.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { count, flag } from '../options/option.ts';

export const study = defineCommand({
  name: 'study',
  summary: "the document's two optimisations: each alone and both, simulated; scan against index live",
  example: 'study',
  options: {
    live: flag({ help: 'Scan against index on this machine: 2,000 clients, 24 channels, 500 subscribers per channel' }),
    repeats: count({ help: 'With --live: runs of each, in turn; the median counts', default: '3', min: 1, max: 20 }),
    ...jsonFlag(),
  },
  async run({ options: { json, live, repeats }, only }) {
    const print = (value: unknown, text: () => string): void => {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text());
    };
    if (!live) {
      only('without --live', ['json']);
      const result = optimisationStudy();
      print(result, () => simulatedText(result));
      return 0;
    }
    const profiles = loadProfiles();
    const comparison = await liveScanAgainstIndex(
      (fields) =>
        runLive(resolveFields(fields, 'study', profiles).resolved, { onProgress: (message) => tell(`  ${message}`) }),
      repeats,
      tell,
    );
    print(comparison, () => liveText(comparison));
    return 0;
  },
});

function simulatedText({ results, fanOut, beside }: OptimisationStudy): string {
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(14)).join('');
  return `${[
    'simulated by profile go-documented, 25 messages/s of 500 B to every client; visits counted by core at 60 broadcasts/s, 500 subscribers a channel',
    `${'variant'.padEnd(24)}${cells(['memory GiB', 'of limit', 'got in', 'MiB/client', 'CPU', 'fit memory', 'visits/s', 'health'])}`,
    ...results.map(
      (one) =>
        `${`${number(one.connections)} ${one.variant.name}`.padEnd(24)}${cells([
          one.memoryGiB.toFixed(2),
          `${one.memoryPercent.toFixed(1)} %`,
          number(one.accepted),
          one.perConnectionMiB.toFixed(3),
          `${one.cpuPercent.toFixed(1)} %`,
          number(one.connectionsByMemory),
          number(one.visitsPerSecond),
          one.health,
        ])}`,
    ),
    '',
    'where the saving of the index vanishes',
    `${'subscribers a channel'.padEnd(24)}${cells(['by scan', 'by index', 'ratio', 'saving'])}`,
    ...fanOut.map(
      ({ connections, subscribersPerChannel, visitsByScan, visitsByIndex, ratio, savingPercent }) =>
        `${`${number(subscribersPerChannel)} of ${number(connections)}`.padEnd(24)}${cells([number(visitsByScan), number(visitsByIndex), `${number(ratio)} x`, `${savingPercent.toFixed(1)} %`])}`,
    ),
    '',
    `${'the document'.padEnd(26)}${'says'.padEnd(36)}${'found'}`,
    ...beside.map(
      ({ figure, document, found, verdict }) =>
        `${figure.padEnd(26)}${document.padEnd(36)}${found}\n${' '.repeat(26)}${verdict}`,
    ),
  ].join('\n')}\n`;
}

function liveText({ rows, cpuPerVisitNs }: LiveComparison): string {
  return `${[
    'live on this machine: 2,000 clients, 24 channels, 500 subscribers a channel',
    ...rows.map(
      ({ lookup, ratePerSecond, shardCores, p99Ms, deliveriesPerSecond, visitsPerSecond }) =>
        `${lookup.padEnd(8)}${number(ratePerSecond)} broadcasts/s  shard ${shardCores.toFixed(3)} cores  p99 ${number(p99Ms)} ms  ${number(deliveriesPerSecond)} deliveries/s  ${number(visitsPerSecond)} visits/s`,
    ),
    `a visit costs ${number(cpuPerVisitNs)} ns: difference of the shard's CPU over that of the visits`,
  ].join('\n')}\n`;
}
