import type { ResolvedScenario, RunReport } from '#core';
import { replicate, simulate, withBatchMeans } from '#sim';
import { InputError } from '../../input-error.ts';
import { hasRanges, uncertainScenario } from '../../planner/ranges.ts';
import { loadProfiles } from '../../profiles.ts';
import { provenance } from '../../provenance.ts';
import { loadOneServer, readScenarioFields, refuseFleet, resolveFields } from '../../scenario-file.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { paintFor } from '../../format/paint.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, saveRow, setRow, thresholdRow } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import { choice, count, custom, file as fileOption, repeated } from '../options/option.ts';
import { predictAgainst } from './predict-against.ts';
import { predictFleet } from './predict-fleet.ts';
import { predictRanges } from './predict-ranges.ts';
import { save, saveNameOf } from '../save.ts';
import { meetsThresholds, thresholdsOf } from '../thresholds.ts';
import { uncertaintyTable } from '../../format/uncertainty-table.ts';

const pairsDefault = 5;
const pointsDefault = 50;

const scaleCount = count({ help: '', min: 1, max: 1_000_000 });

const options = {
  ...setRow,
  replications: count({
    group: 'Intervals',
    help: 'Simulate N times with independent random numbers: every figure gets an interval; 1 takes them from one long run by batch means',
    min: 1,
    max: 1_000,
  }),
  confidence: choice(['90', '95', '99'], {
    group: 'Intervals',
    help: 'Confidence level of the intervals in percent',
    unlessGiven: '99',
  }),
  scale: custom(
    {
      group: 'Run',
      help: 'Simulate one connection for N real ones; auto chooses N so that about 350 to 700 are left',
      unlessGiven: '1',
      placeholder: 'N|auto',
      accepted: 'auto, or a whole number from 1 to 1M',
    },
    (given) => (given === 'auto' ? ('auto' as const) : (scaleCount.read(given) ?? undefined)),
  ),
  against: fileOption({
    group: 'Comparison',
    help: 'Paired differences to another scenario, run by run with the same random numbers',
    placeholder: 'SCENARIO',
    accepted: 'a scenario',
  }),
  'against-set': repeated(
    custom(
      {
        group: 'Comparison',
        help: 'Override a field of the other scenario; --set is for the first',
        placeholder: 'path=value',
        accepted: 'path=value, such as workload.connections=5000',
      },
      (given) => (/^[^=\s]+=/.test(given) ? given : undefined),
    ),
  ),
  points: count({
    group: 'Ranges',
    help: `For a scenario with ranges such as ratePerSecond: 25..35 or 25..28..35: simulations that carry them and the profile's error to p10, p50 and p90`,
    unlessGiven: String(pointsDefault),
    min: 2,
    max: 10_000,
  }),
  ...saveRow,
  ...figureRows,
  ...jsonFlag('Output'),
  ...thresholdRow,
} as const;
type Options = Invocation<typeof options>['options'];

/** What a run is, told apart before anything is simulated, and the options that it knows. */
const modes = {
  ranges: { words: 'for a scenario with ranges', names: ['set', 'points', 'json'] },
  fleet: { words: 'for a fleet', names: ['set', 'charts', 'report', 'json'] },
  pair: {
    words: 'with --against',
    names: ['set', 'against', 'against-set', 'replications', 'confidence', 'scale', 'charts', 'report', 'json'],
  },
  replications: {
    words: 'with --replications',
    names: ['set', 'replications', 'confidence', 'scale', 'save', 'charts', 'report', 'json', 'threshold'],
  },
  single: {
    words: 'for a single run without --replications',
    names: ['set', 'scale', 'save', 'charts', 'report', 'json', 'threshold'],
  },
} as const;

function modeOf(fields: Readonly<Record<string, unknown>>, { against, replications }: Options): keyof typeof modes {
  if (hasRanges(fields)) return 'ranges';
  if (against !== null) return 'pair';
  if ((fields['fleet'] ?? null) !== null) return 'fleet';
  return replications === null ? 'single' : 'replications';
}

export const predict = defineCommand({
  name: 'predict',
  summary: 'simulate a scenario and print its capacity card',
  positionals: ['SCENARIO'],
  options,
  example: 'predict experiments/scenarios/e2-standard-2-12k.yaml --set workload.ratePerSecond=50',
  async run({ options: given, positionals: [file], given: typed, only }) {
    const { against, json } = given;
    const fields = readScenarioFields(file, [...given.set]);
    const mode = modeOf(fields, given);
    only(modes[mode].words, modes[mode].names);
    const asked = askedOf(given);
    const thresholds = thresholdsOf(typed);
    const saveName = saveNameOf(typed);
    const wants = wantsFigures(typed);
    if (mode === 'ranges') return predictRanges(uncertainScenario(fields, file), given.points ?? pointsDefault, json);
    const { resolved, warnings } = resolveFields(fields, file, loadProfiles());
    for (const warning of warnings) tell(`warning: ${warning}`);
    tell(`simulating ${resolved.scenario.workload.durationSeconds} s of ${resolved.scenario.name} ...`);
    if (against !== null) refuseFleet(resolved, file);
    if (mode === 'fleet') return predictFleet(resolved, typed);
    if (against !== null) {
      const { resolved: other } = loadOneServer(against, [...given['against-set']]);
      if (wants) {
        const { variantFigures } = await import('../../charts/run-figures.ts');
        const figures = variantFigures([resolved, other]);
        await writeFigures(typed, {
          title: `${resolved.scenario.name} against ${other.scenario.name}`,
          lead: figures.map(({ title }) => `${title}.`),
          sections: [{ title: 'CPU and memory by part, in closed form', figures }],
        });
      }
      return predictAgainst(resolved, other, { ...asked, replications: asked.replications ?? pairsDefault }, json);
    }
    const report = simulated(resolved, asked);
    const card = (): string => capacityCard(report, undefined, paintFor(process.stdout, process.env));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${card()}${uncertaintyTable(report)}`);
    const made = { ...report, provenance: provenance('predicted') };
    save(saveName, made);
    if (wants) {
      const { runReportHtml } = await import('../../charts/run-report-html.ts');
      tell('simulating ten loads around it for the latency chart ...');
      await writeFigures(typed, runReportHtml(resolved, made));
    }
    return meetsThresholds(thresholds, report.summary, typed) ? 0 : 1;
  },
});

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

const askedOf = ({ replications, confidence, scale }: Options): Asked => ({
  replications,
  confidence: Number(confidence ?? 99) / 100,
  scale: scale ?? 1,
});
