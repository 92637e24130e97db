import {
  formatDuration,
  largestLoad,
  nanosecondsPerSecond,
  parseDuration,
  type ResolvedScenario,
  type SettingValues,
} from '#core';
import type { Gates } from '#charts';
import { simulate } from '#sim';
import { InputError } from '../../input-error.ts';
import { runLive } from '../../live/run-live.ts';
import { documentedStages, ramp as climb, type RampResult, type RampStage, type RunStage } from '../../ramp/ramp.ts';
import { loadOneServer } from '../../scenario-file.ts';
import { writeOutput } from '../../write-output.ts';
import { type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';

/** Simulated soak: a steady load is the same after half a minute as after a day. */
const simulatedSoakSeconds = 30;
const liveSoakScale = 1 / 480;
const warmUpSeconds = 5;

export const ramp: Command = {
  name: 'ramp',
  summary: 'the staged ramp-up with its gates, simulated or live; rolls back when one fails',
  usage: `ramp SCENARIO [--live] [--bus embedded|nats] [--stages 8000,10000,12000] [--soak 30s,30s,3m] [--set path=value ...] [--out FILE]
  ${figureUsage} [--json]`,
  example: 'ramp experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=100',
  options: {
    ...jsonOption,
    ...setOption,
    ...figureOptions,
    live: { type: 'boolean' },
    bus: { type: 'string' },
    stages: { type: 'string' },
    soak: { type: 'string' },
    out: { type: 'string' },
  },
  positionals: ['SCENARIO'],
  async run(given) {
    const [file] = given.positionals;
    const wants = wantsFigures(given);
    const overrides = overridesOf(given);
    const live = given.values['live'] === true;
    const bus = given.values['bus'] === 'nats' ? 'nats' : 'embedded';
    const stages = stagesOf(given.values['stages'], given.values['soak'], live);
    const { resolved: asked } = loadOneServer(file, overrides);
    const runStage: RunStage = ({ connections, soakSeconds }, settings) => {
      const { resolved } = loadOneServer(file, [...overrides, ...stageOverrides(connections, soakSeconds, settings)]);
      return live ? runLive(resolved, { bus, onProgress: (message) => tell(`  ${message}`) }) : simulate(resolved);
    };
    const result = await climb(stages, asked.scenario.workload.ratePerSecond, runStage, tell);
    const text = `${JSON.stringify(result, null, 2)}\n`;
    if (given.values['out'] !== undefined) writeOutput(String(given.values['out']), text);
    process.stdout.write(given.values['json'] === true ? text : `${table(result, live)}${cpuGateReach(result, asked)}`);
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
};

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
  const connections = largestLoad(asked, 'connections', 'cpu', stage.cpuPercentBelow / 100);
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
function stagesOf(stages: unknown, soak: unknown, live: boolean): RampStage[] {
  const counts = stages === undefined ? [] : String(stages).split(',').map(Number);
  const soaks = soak === undefined ? [] : String(soak).split(',').map(parseDuration);
  const most = documentedStages.length;
  if (
    stages !== undefined &&
    (counts.length > most || !counts.every((count) => Number.isInteger(count) && count > 0))
  ) {
    throw refused('--stages', String(stages), `up to ${most} whole numbers above 0, by comma`);
  }
  if (soak !== undefined && (soaks.length > most || !soaks.every((time) => time !== null && time > 0))) {
    throw refused('--soak', String(soak), `up to ${most} durations such as 30s or 4h, by comma`);
  }
  const used = stages === undefined ? most : counts.length;
  return documentedStages.slice(0, used).map((stage, index) => {
    const soakNs = soaks[Math.min(index, soaks.length - 1)];
    const usual = live ? Math.round(stage.soakSeconds * liveSoakScale) : simulatedSoakSeconds;
    return {
      ...stage,
      connections: counts[index] ?? stage.connections,
      soakSeconds: soakNs === undefined || soakNs === null ? usual : soakNs / nanosecondsPerSecond,
    };
  });
}

const refused = (path: string, given: string, accepted: string): InputError =>
  new InputError('ramp', [{ path, given, accepted, message: 'cannot be read' }]);

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
