import { runLive } from '../../live/run-live.ts';
import { type LiveComparison, liveScanAgainstIndex } from '../../planner/live-lookup.ts';
import { type OptimisationStudy, optimisationStudy } from '../../planner/optimisation-study.ts';
import { loadProfiles } from '../../profiles.ts';
import { resolveFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { numberOf } from '../number-of.ts';
import { type Command, jsonOption, tell } from '../command.ts';

export const study: Command = {
  name: 'study',
  summary: "the document's two optimisations: each alone and both, simulated; scan against index live",
  usage: `study [--live] [--repeats 3] [--json]

  --live     runs scan against index on this machine: 2,000 clients, 24 channels, 500 subscribers a channel
  --repeats  live runs of each, taken in turn; the median counts (3)`,
  example: 'study',
  options: { ...jsonOption, live: { type: 'boolean' }, repeats: { type: 'string' } },
  positionals: [],
  async run(given) {
    const json = given.values['json'] === true;
    const print = (value: unknown, text: () => string): void => {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text());
    };
    if (given.values['live'] !== true) {
      const result = optimisationStudy();
      print(result, () => simulatedText(result));
      return 0;
    }
    const profiles = loadProfiles();
    const comparison = await liveScanAgainstIndex(
      (fields) =>
        runLive(resolveFields(fields, 'study', profiles).resolved, { onProgress: (message) => tell(`  ${message}`) }),
      Math.round(numberOf(given, 'repeats', 3, 1, 20)),
      tell,
    );
    print(comparison, () => liveText(comparison));
    return 0;
  },
};

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
