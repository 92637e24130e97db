import { formatDuration, largestLoad, nanosecondsPerSecond, type ResolvedScenario, type SettingValues } from '#core';
import type { Gates } from '#charts';
import { simulate } from '#sim';
import { runLive } from '../../live/run-live.ts';
import { documentedStages, ramp as climb, type RampResult, type RampStage, type RunStage } from '../../ramp/ramp.ts';
import { loadOneServer } from '../../scenario-file.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice, count, custom, duration, file, flag } from '../options/option.ts';

/** Simulated soak: a steady load is the same after half a minute as after a day. */
const simulatedSoakSeconds = 30;
const liveSoakScale = 1 / 480;
const warmUpSeconds = 5;

const stagesMax = documentedStages.length;

/** Values separated by commas, one per stage; undefined when one of them is not accepted. */
function perStage(read: (text: string) => number | undefined): (text: string) => readonly number[] | undefined {
  return (text) => {
    const values = text.split(',').map((one) => read(one.trim()));
    return values.length <= stagesMax && values.every((one) => one !== undefined) ? values : undefined;
  };
}

const options = {
  ...setRow,
  live: flag({ group: 'Run', help: 'For real, on this machine' }),
  bus: choice(['embedded', 'nats'], {
    group: 'Run',
    help: "With --live: the server's own stream, or a nats-server started for the run",
    default: 'embedded',
  }),
  stages: custom(
    {
      group: 'Run',
      help: 'Connections of each stage, comma-separated',
      placeholder: 'N,N,N',
      accepted: `up to ${stagesMax} whole numbers above 0, such as 8000,10000,12k`,
    },
    perStage(count({ help: '', min: 1, max: 1_000_000 }).read as (text: string) => number | undefined),
  ),
  soak: custom(
    {
      group: 'Run',
      help: 'Time at each stage, comma-separated; the last one stands for those that follow',
      placeholder: 'T,T,T',
      accepted: `up to ${stagesMax} durations such as 30s or 4h`,
    },
    perStage(duration({ help: '', above: 0, max: 604_800 }).read as (text: string) => number | undefined),
  ),
  out: file({ group: 'Output', help: 'Result as JSON' }),
  ...figureRows,
  ...jsonFlag('Output'),
} as const;

export const ramp = defineCommand({
  name: 'ramp',
  summary: 'staged ramp-up with its gates, simulated or live; rolls back when a gate fails',
  example: 'ramp experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=100',
  positionals: ['SCENARIO'],
  options,
  async run({
    options: { set: overrides, live, bus, stages: counts, soak, out, json },
    positionals: [file],
    given,
    only,
  }) {
    const wants = wantsFigures(given);
    if (!live) {
      const names = Object.keys(options) as (keyof typeof options)[];
      only(
        'without --live',
        names.filter((name) => name !== 'bus'),
      );
    }
    if (out !== null) tryOutput('ramp', '--out', out);
    const stages = stagesOf(counts ?? [], soak ?? [], live);
    const { resolved: asked } = loadOneServer(file, overrides);
    const runStage: RunStage = ({ connections, soakSeconds }, settings) => {
      const { resolved } = loadOneServer(file, [...overrides, ...stageOverrides(connections, soakSeconds, settings)]);
      return live ? runLive(resolved, { bus, onProgress: (message) => tell(`  ${message}`) }) : simulate(resolved);
    };
    const result = await climb(stages, asked.scenario.workload.ratePerSecond, runStage, tell);
    const text = `${JSON.stringify(result, null, 2)}\n`;
    if (out !== null) writeOutput(out, text);
    process.stdout.write(json ? text : `${table(result, live)}${cpuGateReach(result, asked)}`);
    if (wants) {
      const { gatesFigure } = await import('#charts');
      const figure = gatesFigure(gatesOf(result));
      await writeFigures(given, {
        title: `Ramp-up of ${asked.scenario.name}, ${live ? 'live' : 'simulated'}`,
        lead: [`${figure.title}.`],
        sections: [
          {
            title: 'Gate by gate',
            figures: [figure],
            details: { summary: 'Every gate in numbers', text: table(result, live) },
          },
        ],
      });
    }
    return result.failed === null ? 0 : 1;
  },
});

/** The gates that are percentages of a limit. */
const gatesOf = ({ ratePerSecond, stages }: RampResult): Gates => ({
  load: `${ratePerSecond} messages/s`,
  points: stages.flatMap(({ stage, gates }) =>
    (['cpu', 'memory', 'network'] as const).map((name) => ({
      stage: `${stage.connections.toLocaleString('en-US')} connections`,
      gate: name,
      foundPercent: gates.find(({ gate }) => gate === name)?.found ?? 0,
      belowPercent: { cpu: stage.cpuPercentBelow, memory: stage.memoryPercentBelow, network: 100 }[name],
    })),
  ),
});

/** Where the CPU gate that failed would have held, by the closed form: how much less is needed. */
function cpuGateReach({ failed, stages }: RampResult, asked: ResolvedScenario): string {
  const stage = stages.at(-1)?.stage;
  if (failed?.gate !== 'cpu' || stage === undefined) return '';
  // The gate is a share of the limit, `largestLoad` takes one of what may be used of it.
  const share = stage.cpuPercentBelow / asked.settings.cpuRejectPercent;
  const connections = largestLoad(asked, 'connections', 'cpu', share);
  return `by closed form the cpu gate of ${stage.cpuPercentBelow} % holds up to ${connections} connections at this rate\n`;
}

function stageOverrides(connections: number, soakSeconds: number, settings: SettingValues): string[] {
  return [
    `workload.connections=${connections}`,
    `workload.durationSeconds=${soakSeconds + warmUpSeconds}`,
    `workload.warmUpSeconds=${warmUpSeconds}`,
    ...Object.entries(settings).map(([variable, value]) => `settings.${variable}=${value}`),
  ];
}

/** The document's stages, with other connection counts and soak times where they are given; the gates stay. */
function stagesOf(counts: readonly number[], soaks: readonly number[], live: boolean): RampStage[] {
  const used = counts.length === 0 ? stagesMax : counts.length;
  return documentedStages.slice(0, used).map((stage, index) => ({
    ...stage,
    connections: counts[index] ?? stage.connections,
    soakSeconds:
      soaks[Math.min(index, soaks.length - 1)] ??
      (live ? Math.round(stage.soakSeconds * liveSoakScale) : simulatedSoakSeconds),
  }));
}

function table(result: RampResult, live: boolean): string {
  const lines = [`ramp-up, ${live ? 'live' : 'simulated'}, ${result.ratePerSecond} messages/s`, ''];
  for (const { stage, gates, passed } of result.stages) {
    const soak = formatDuration(stage.soakSeconds * nanosecondsPerSecond);
    lines.push(`${stage.connections} connections for ${soak}: ${passed ? 'passed' : 'FAILED'}`, ...gates.map(gateLine));
  }
  if (result.failed !== null && result.rollback !== null) {
    const { settings, connections, gates, healthy } = result.rollback;
    lines.push(
      '',
      `gate ${result.failed.gate} failed at ${result.failed.connections} connections and ${result.ratePerSecond} messages/s; rolled back to`,
      ...Object.entries(settings).map(([variable, value]) => `  ${variable}=${value}`),
      `${connections} connections: ${healthy ? 'healthy' : 'NOT HEALTHY'}`,
      ...gates.map(gateLine),
    );
  }
  return `${lines.join('\n')}\n`;
}

const gateLine = (gate: RampResult['stages'][number]['gates'][number]): string =>
  `  ${gate.passed ? 'ok    ' : 'FAILED'} ${gate.gate.padEnd(12)}${Number(gate.found.toFixed(1))} (${gate.required})`;
