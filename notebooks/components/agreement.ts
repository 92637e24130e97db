import { accuracyTargets, type ComparisonRow, repeatableUtilisation } from '#core';
import {
  agreementOn,
  agreementVegaLite,
  errorSpreadFigure,
  measuredRangesFigure,
  profileFigure,
  regimeErrorsOf,
  regimesFigure,
  residualsFigure,
  scatterFigure,
  timelinesFigure,
} from '#charts';
import type { RunData, RunsData } from '../data/runs.ts';
import { dayOf, digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { ChoiceField } from './form.ts';
import { vegaFigure } from './vega.ts';

type Choices = ChoiceField['choices'];

/** Metrics that have a target, and at least one point on record. */
export const metricChoices = ({ metrics }: RunsData): Choices =>
  metrics.filter(({ runs }) => runs > 0).map(({ metric }) => ({ value: metric, label: metric }));

export const runChoices = ({ runs }: RunsData): Choices =>
  runs.map(({ folder, name, recorded }) => ({ value: folder, label: `${name} (${recorded})` }));

/** How far off the twin is, over all that is on record. */
export function accuracyView({ runs, metrics }: RunsData): HTMLElement {
  const judged = metrics.filter((one) => one.runs > 0);
  const errors = runs.flatMap(({ name, rows }) =>
    rows.flatMap(({ metric, errorPercent }) =>
      errorPercent === null || !(metric in accuracyTargets) ? [] : [{ metric, run: name, errorPercent }],
    ),
  );
  const met = judged.filter((one) => one.met).length;
  const heldOut = runs.filter((run) => run.heldOut).length;
  const live = runs.reduce((sum, run) => sum + run.runs, 0);
  return together(
    finding`${live} live runs of ${runs.length} loads are on record; ${heldOut} of the loads the calibration has never seen. The mean error meets its target for ${met} of ${judged.length} metrics.`,
    figure(
      errorSpreadFigure({ errors, targets: judged }),
      table(metrics, [
        { head: 'metric', of: ({ metric }) => metric, kind: 'given' },
        { head: 'loads', of: (one) => one.runs, kind: 'given' },
        { head: 'mean error, %', of: (one) => one.meanPercent, kind: 'result' },
        { head: 'p90, %', of: (one) => one.p90Percent, kind: 'result' },
        { head: 'worst, %', of: (one) => one.worstPercent, kind: 'result' },
        { head: 'target, %', of: (one) => one.targetPercent, kind: 'given' },
        { head: 'worst load', of: (one) => one.worst, kind: 'given' },
      ]),
    ),
    note`A mean counts loads below ${percent(repeatableUtilisation)} use of the machine: beyond that live runs do not repeat themselves, and the prediction has to lie between what was measured.`,
  );
}

/** One metric over all loads: scatter, residuals, kinds of load. */
export function metricView(data: RunsData, metric: string): HTMLElement {
  const agreement = agreementOn(metric, data.runs);
  const numbers = table(agreement.points, [
    { head: 'load', of: ({ run }) => run, kind: 'given' },
    { head: `predicted, ${agreement.unit}`, of: ({ predicted }) => predicted, kind: 'result' },
    { head: 'measured', of: ({ measured }) => measured, kind: 'result' },
    { head: 'least', of: ({ measuredLeast }) => measuredLeast, kind: 'result' },
    { head: 'most', of: ({ measuredMost }) => measuredMost, kind: 'result' },
    { head: 'error', of: errorOf, kind: 'result' },
    { head: 'kind of load', of: ({ regime }) => regime, kind: 'given' },
    { head: 'held out', of: ({ heldOut }) => (heldOut ? 'yes' : 'no'), kind: 'given' },
  ]);
  return together(
    figure(scatterFigure(agreement), numbers),
    note`The dashed line is identity, the band the tolerance, each bar from the least to the most that was measured; filled points are loads that the calibration has never seen, crosses are beyond both.`,
    figure(residualsFigure(agreement)),
    figure(regimesFigure(regimeErrorsOf(metric, data.regimes))),
  );
}

/** The same points to explore: what is marked on one side is marked on the other. */
export async function exploreView(data: RunsData, metric: string): Promise<HTMLElement> {
  const agreement = agreementOn(metric, data.runs);
  return together(
    await vegaFigure({
      title: `${metric}: drag over points on the left to find them again on the right`,
      description: scatterFigure(agreement).description,
      vegaLite: agreementVegaLite(agreement),
    }),
    note`Point at a load to see its name and numbers. All of them stand in the table above, for those without a pointer.`,
  );
}

/** One load, metric by metric and second by second. */
export function runView(run: RunData): HTMLElement {
  const { rows, predicted, measured, machineUtilisation, runs, regime, recorded } = run;
  return together(
    note`${runs} live runs, recorded ${recorded}; kind of load: ${regime}; server and clients took ${percent(machineUtilisation)} of the machine.`,
    figure(
      measuredRangesFigure(rows),
      table(rows, [
        { head: 'metric', of: ({ metric, unit }) => `${metric}, ${unit}`, kind: 'given' },
        { head: 'predicted', of: (row) => row.predicted, kind: 'result' },
        { head: 'measured, median', of: (row) => row.measured, kind: 'result' },
        { head: 'error', of: errorOf, kind: 'result' },
        { head: 'within', of: ({ within }) => (within ? 'yes' : 'no'), kind: 'given' },
      ]),
    ),
    figure(timelinesFigure([predicted, measured])),
  );
}

const errorOf = ({ errorPercent }: ComparisonRow): string =>
  errorPercent === null ? '-' : `${errorPercent.toFixed(1)} %`;

/** The measured profiles: each fitted cost with how well it is known. */
export function calibrationView({ profiles }: RunsData): HTMLElement {
  const measured = profiles.filter(({ provenance }) => provenance.kind === 'measured');
  return together(
    ...measured.map((profile) =>
      Object.keys(profile.intervals).length === 0
        ? note`${profile.name}, measured ${dayOf(profile.provenance.date)}, was recorded without intervals. ${profile.provenance.method}.`
        : together(
            figure(
              profileFigure(profile),
              table(
                Object.entries(profile.intervals).map(([cost, { low, high }]) => ({ cost, low, high })),
                [
                  { head: 'cost', of: ({ cost }) => cost, kind: 'given' },
                  { head: 'low', of: ({ low }) => low, kind: 'result' },
                  { head: 'high', of: ({ high }) => high, kind: 'result' },
                ],
              ),
            ),
            note`Measured ${dayOf(profile.provenance.date)} on ${profile.provenance.machine}. ${profile.provenance.method}.`,
          ),
    ),
  );
}

/** Whether the browser's simulator gives the bytes that Node wrote into the page's data. */
export function identityView(run: RunData, text: string): HTMLElement {
  const element =
    text === JSON.stringify(run.predicted)
      ? finding`Simulated again here, in this browser, ${run.name} gives byte for byte the report that Node gave: ${digits(text.length)} bytes.`
      : finding`Simulated again here, ${run.name} gives another report than in Node, which must not be.`;
  element.id = 'identical';
  return element;
}
