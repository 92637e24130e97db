import type { ResolvedScenario, RunReport } from '#core';
import { replicate, simulate, withBatchMeans } from '#sim';
import { InputError } from '../../input-error.ts';
import { hasRanges, uncertainScenario } from '../../planner/ranges.ts';
import { loadProfiles } from '../../profiles.ts';
import { provenance } from '../../provenance.ts';
import { loadOneServer, readScenarioFields, refuseFleet, resolveFields } from '../../scenario-file.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { paintFor } from '../../format/paint.ts';
import { type Arguments, type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';
import { numberOf } from '../number-of.ts';
import { predictAgainst } from './predict-against.ts';
import { predictFleet } from './predict-fleet.ts';
import { predictRanges } from './predict-ranges.ts';
import { save, saveNameOf, saveOption } from '../save.ts';
import { meetsThresholds, thresholdOption, thresholdsOf, thresholdUsage } from '../thresholds.ts';
import { uncertaintyTable } from '../../format/uncertainty-table.ts';

const replicationsMost = 1_000;
const pairsUsual = 5;
const pointsUsual = 50;
const defaultConfidencePercent = '99';

export const predict: Command = {
  name: 'predict',
  summary: 'simulate a scenario and print its capacity card',
  usage: `predict SCENARIO [--set path=value ...] [--replications N] [--confidence PERCENT] [--scale N|auto] [--against SCENARIO [--against-set path=value ...]] [--points N] [--save NAME]
  ${figureUsage} ${thresholdUsage} [--json]

  --replications N      simulate N times with independent random numbers: every figure gets an interval, in the report
                        as uncertainty; 1 takes the intervals from one long run by batch means
  --confidence PERCENT  of the intervals: 90, 95 or 99 (default ${defaultConfidencePercent})
  --scale N|auto        simulate one connection for N real ones; auto leaves 500 to 1,000 of them (default 1)
  --against SCENARIO    the paired differences between both, replication by replication with the same random numbers;
                        --set changes the first scenario, --against-set the other
  --points N            for a scenario with ranges such as ratePerSecond: 25..35 or 25..28..35: simulations of the Latin
                        hypercube that carries them and the profile's error to p10, p50 and p90 (default ${pointsUsual})`,
  example: 'predict experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=50',
  options: {
    ...jsonOption,
    ...setOption,
    ...thresholdOption,
    ...saveOption,
    ...figureOptions,
    replications: { type: 'string' },
    confidence: { type: 'string' },
    scale: { type: 'string' },
    against: { type: 'string' },
    'against-set': { type: 'string', multiple: true },
    points: { type: 'string' },
  },
  positionals: ['SCENARIO'],
  async run(given) {
    const asked = askedOf(given);
    if (given.values['against-set'] !== undefined && given.values['against'] === undefined) throw noOther(given);
    const thresholds = thresholdsOf(given);
    const saveName = saveNameOf(given);
    const wants = wantsFigures(given);
    const [file] = given.positionals;
    const json = given.values['json'] === true;
    const fields = readScenarioFields(file, overridesOf(given));
    const isSingle = (fields['fleet'] ?? null) === null && !hasRanges(fields) && given.values['against'] === undefined;
    if (!isSingle) refuseForSingleRuns(given);
    if (hasRanges(fields)) {
      if (wants) throw noRangeFigures();
      return predictRanges(uncertainScenario(fields, file), pointsOf(given), json);
    }
    const { resolved, warnings } = resolveFields(fields, file, loadProfiles());
    for (const warning of warnings) tell(`warning: ${warning}`);
    tell(`simulating ${resolved.scenario.workload.durationSeconds} s of ${resolved.scenario.name} ...`);
    if (given.values['against'] !== undefined) refuseFleet(resolved, file);
    if (resolved.scenario.fleet !== null) return predictFleet(resolved, given);
    if (given.values['against'] !== undefined) {
      const { resolved: other } = loadOneServer(
        String(given.values['against']),
        (given.values['against-set'] as string[] | undefined) ?? [],
      );
      if (wants) {
        const { variantFigures } = await import('../../charts/run-figures.ts');
        const figures = variantFigures([resolved, other]);
        await writeFigures(given, {
          title: `${resolved.scenario.name} against ${other.scenario.name}`,
          lead: figures.map(({ title }) => `${title}.`),
          sections: [{ title: 'CPU and memory by part, in closed form', figures }],
        });
      }
      return predictAgainst(resolved, other, { ...asked, replications: asked.replications ?? pairsUsual }, json);
    }
    const report = simulated(resolved, asked);
    const card = (): string => capacityCard(report, undefined, paintFor(process.stdout, process.env));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${card()}${uncertaintyTable(report)}`);
    const made = { ...report, provenance: provenance('predicted') };
    save(saveName, made);
    if (wants) {
      const { runReportHtml } = await import('../../charts/run-report-html.ts');
      tell('simulating ten loads around it for the latency chart ...');
      await writeFigures(given, runReportHtml(resolved, made));
    }
    return meetsThresholds(thresholds, report.summary, given) ? 0 : 1;
  },
};

/** Ranges, fleets and pairs of scenarios have no report of one run to judge or save. @throws InputError */
function refuseForSingleRuns({ values }: Arguments): void {
  const given = ['threshold', 'save'].filter((name) => values[name] !== undefined);
  if (given.length === 0) return;
  throw new InputError(
    'predict',
    given.map((name) => ({
      path: `--${name}`,
      given: String(values[name]),
      accepted: '--json, or a scenario of one server without ranges',
      message: 'does not go with a fleet, a range or --against',
    })),
  );
}

const noOther = ({ values }: Arguments): InputError =>
  new InputError('predict', [
    {
      path: '--against-set',
      given: String(values['against-set']),
      accepted: 'together with --against SCENARIO, whose fields it sets',
      message: 'there is no other scenario',
    },
  ]);

const noRangeFigures = (): InputError =>
  new InputError('predict', [
    {
      path: '--charts, --report',
      given: 'a scenario with ranges',
      accepted: 'tornado or sweep, which draw what ranges do',
      message: 'there are no charts of ranges here',
    },
  ]);

interface Asked {
  /** null: one run, no intervals. */
  readonly replications: number | null;
  readonly confidence: number;
  readonly scale: number | 'auto';
}

function simulated(resolved: ResolvedScenario, { replications, confidence, scale }: Asked): RunReport {
  if (replications === null) return simulate(resolved, { scale });
  if (replications > 1) {
    const onReplication = (done: number): void => tell(`  replication ${done} of ${replications}`);
    return replicate(resolved, { replications, confidence, scale, onReplication }).report;
  }
  const report = withBatchMeans(resolved, simulate(resolved, { scale }), confidence);
  if (Object.keys(report.uncertainty?.estimates ?? {}).length === 0) {
    throw new InputError('predict', [
      {
        path: 'workload.durationSeconds',
        given: String(resolved.scenario.workload.durationSeconds),
        accepted: '60 or more for the intervals of a single run',
        message: 'the run is too short, or does not settle; give it longer or ask for --replications 5',
      },
    ]);
  }
  return report;
}

function askedOf({ values }: Arguments): Asked {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const replications = text('replications');
  const scale = text('scale') ?? '1';
  const confidence = text('confidence') ?? defaultConfidencePercent;
  const refuse = (path: string, value: string, accepted: string): never => {
    throw new InputError('predict', [{ path, given: value, accepted, message: `${value} cannot be used` }]);
  };
  const isCount = (value: string, most: number): boolean => /^\d+$/.test(value) && +value >= 1 && +value <= most;
  if (replications !== undefined && !isCount(replications, replicationsMost)) {
    refuse('--replications', replications, `whole numbers from 1 to ${replicationsMost}`);
  }
  if (!['90', '95', '99'].includes(confidence)) refuse('--confidence', confidence, '90, 95 or 99');
  if (scale !== 'auto' && !isCount(scale, 1_000_000)) refuse('--scale', scale, 'auto, or a whole number from 1');
  return {
    replications: replications === undefined ? null : Number(replications),
    confidence: Number(confidence) / 100,
    scale: scale === 'auto' ? 'auto' : Number(scale),
  };
}

const pointsOf = (given: Arguments): number => Math.round(numberOf(given, 'points', pointsUsual, 2, 10_000));
