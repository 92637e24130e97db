import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { nanosecondsPerMillisecond, parseDuration } from '#core';
import { InputError } from '../../input-error.ts';
import { loadProfiles } from '../../profiles.ts';
import { savedFolder } from '../../results/saved-results.ts';
import { evaluateThresholds, type Threshold } from '../../results/thresholds.ts';
import { codeVersion, sha256Of } from '../../sweep/code-version.ts';
import { type Design, parseAxis, pointsMost } from '../../sweep/design.ts';
import { type SweepManifest, planSweep } from '../../sweep/plan.ts';
import { ackWaitMsDefault, ackWaitMsLeast, onQueue } from '../../sweep/point-queue.ts';
import type { SweepRow } from '../../sweep/point.ts';
import { onThreads, runSweep } from '../../sweep/run-sweep.ts';
import { SweepFolder } from '../../sweep/sweep-folder.ts';
import { sweepTable } from '../../sweep/sweep-table.ts';
import { type Arguments, type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';
import { thresholdLine, thresholdOption, thresholdsOf, thresholdUsage, tellThresholds } from '../thresholds.ts';

const stoppedCode = 130;

export const sweep: Command = {
  name: 'sweep',
  summary: 'simulate a grid or a random design over any fields of a scenario, on all cores or through NATS',
  usage: `sweep SCENARIO --vary path=1,2,3|10..100:10 ... [--random N [--sampling latin-hypercube|uniform] [--design-seed N]]
  [--set path=value ...] [--exact] [--jobs N] [--out DIR | --save NAME] [--fresh] [--nats URL [--ack-wait 10s]]
  ${figureUsage} ${thresholdUsage} [--json]`,
  example:
    'sweep experiments/scenarios/e2-standard-2-12k.yaml --vary workload.connections=4000..16000:2000 --vary workload.ratePerSecond=10,25,50',
  options: {
    ...jsonOption,
    ...setOption,
    ...thresholdOption,
    ...figureOptions,
    vary: { type: 'string', multiple: true },
    random: { type: 'string' },
    sampling: { type: 'string' },
    'design-seed': { type: 'string' },
    exact: { type: 'boolean' },
    jobs: { type: 'string' },
    out: { type: 'string' },
    save: { type: 'string' },
    fresh: { type: 'boolean' },
    nats: { type: 'string' },
    'ack-wait': { type: 'string' },
  },
  positionals: ['SCENARIO'],
  async run(given) {
    const { values } = given;
    const thresholds = thresholdsOf(given);
    const wants = wantsFigures(given);
    const plan = planSweep({
      file: given.positionals[0],
      overrides: overridesOf(given),
      design: designOf(given),
      exact: values['exact'] === true,
      profiles: loadProfiles(),
      code: codeVersion(),
    });
    const { manifest, jobs, warnings } = plan;
    const threads = wholeNumber(given, 'jobs', availableParallelism(), { most: 256 });
    const ackWaitMs = ackWaitOf(given);
    const url = values['nats'] === undefined ? null : String(values['nats']);
    if (url !== null && values['jobs'] !== undefined)
      throw refused(
        '--jobs',
        String(values['jobs']),
        'worker --jobs N',
        'is for the workers when points go through NATS',
      );
    const fresh = values['fresh'] === true;
    const folder = SweepFolder.open(folderOf(given, manifest), manifest, fresh);
    for (const warning of warnings) tell(`warning: ${warning}`);
    tell(`${jobs.length} points ${url === null ? `on ${threads} threads` : `through ${url}`}, into ${folder.folder}`);
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const { rows, failures, stopped } = await runSweep(plan, folder, {
      run: url === null ? onThreads(threads) : onQueue({ url, manifest, fresh, ackWaitMs }),
      progress: process.stderr,
      signal: stop.signal,
    });
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (stopped) {
      tell(`\nstopped; ${folder.done} of ${jobs.length} points are kept: the same command goes on from there`);
      return stoppedCode;
    }
    const result = { folder: folder.folder, manifest, rows, failures };
    process.stdout.write(
      values['json'] === true
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${sweepTable(result)}\nwrote points.csv, points.jsonl and manifest.json in ${folder.folder}\n`,
    );
    if (wants) {
      const { sweepFigures } = await import('../../charts/sweep-figures.ts');
      const figures = sweepFigures(rows);
      await writeFigures(given, {
        title: `Sweep of ${(manifest.scenario as { readonly name: string }).name}`,
        lead: figures.slice(0, 1).map(({ title }) => `${title}.`),
        sections: [
          {
            title: `${rows.length} points`,
            figures,
            details: { summary: 'Every point in numbers', text: sweepTable(result) },
          },
        ],
      });
    }
    if (failures.length > 0)
      tell(`${failures.length} of ${jobs.length} points failed; the same command tries them again`);
    const isMet = pointsMeet(thresholds, rows, given);
    return failures.length === 0 && isMet ? 0 : 1;
  },
};

function designOf(given: Arguments): Design {
  const { values } = given;
  const axes = ((values['vary'] as string[] | undefined) ?? []).map(parseAxis);
  const paths = axes.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw refused('--vary', twice, 'each field once', 'is given twice');
  if (axes.length === 0)
    throw refused('--vary', 'nothing', 'path=1,2,3 or path=10..100:10', 'says which fields to vary, and is needed');
  if (values['random'] === undefined) {
    for (const option of ['sampling', 'design-seed'])
      if (values[option] !== undefined)
        throw refused(`--${option}`, String(values[option]), 'with --random N', 'has no meaning for a grid');
    return { kind: 'grid', axes };
  }
  const sampling = String(values['sampling'] ?? 'latin-hypercube');
  if (sampling !== 'latin-hypercube' && sampling !== 'uniform')
    throw refused('--sampling', sampling, 'latin-hypercube, uniform', 'there is no such sampling');
  return {
    kind: 'random',
    axes,
    points: wholeNumber(given, 'random', 1, { most: pointsMost }),
    sampling,
    seed: wholeNumber(given, 'design-seed', 1, { least: 0, most: 4_294_967_295 }),
  };
}

/** A folder of its own for each design, so that the same command finds its results again. */
function folderOf({ values }: Arguments, manifest: SweepManifest): string {
  if (values['save'] !== undefined && values['out'] !== undefined)
    throw refused('--save', String(values['save']), '--save or --out', 'both say where results go');
  if (values['save'] !== undefined) return savedFolder(String(values['save']));
  if (values['out'] !== undefined) return String(values['out']);
  const { code: _unused, ...asked } = manifest;
  const { name } = manifest.scenario as { name: string };
  return join(
    'out/sweep',
    `${name.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}-${sha256Of(JSON.stringify(asked)).slice(0, 8)}`,
  );
}

/** Prints how many points meet each threshold. @returns whether all do */
function pointsMeet(thresholds: readonly Threshold[], rows: readonly SweepRow[], given: Arguments): boolean {
  const lines: string[] = [];
  let allMet = true;
  for (const threshold of thresholds) {
    const failed = rows.filter(({ summary }) => !evaluateThresholds([threshold], summary)[0].passed);
    allMet &&= failed.length === 0;
    const met = `met by ${rows.length - failed.length} of ${rows.length} points`;
    const first = failed.length === 0 ? '' : `, not by ${JSON.stringify(failed[0].fields)}`;
    lines.push(thresholdLine(failed.length === 0, threshold.text, met + first));
  }
  tellThresholds(lines, given);
  return allMet;
}

function ackWaitOf({ values }: Arguments): number {
  const text = values['ack-wait'];
  if (text === undefined) return ackWaitMsDefault;
  const parsed = parseDuration(String(text));
  if (parsed === null || parsed / nanosecondsPerMillisecond < ackWaitMsLeast)
    throw refused('--ack-wait', String(text), `a duration of ${ackWaitMsLeast / 1_000}s or more`, 'cannot be used');
  return parsed / nanosecondsPerMillisecond;
}

/** @throws InputError when an option is no whole number in its range */
export function wholeNumber(
  { values }: Arguments,
  option: string,
  usual: number,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number {
  const given = values[option];
  if (given === undefined) return usual;
  const number = Number(given);
  if (/^\d+$/.test(String(given)) && number >= least && number <= most) return number;
  throw refused(`--${option}`, String(given), `a whole number from ${least} to ${most}`, 'cannot be used');
}

const refused = (path: string, given: string, accepted: string, message: string): InputError =>
  new InputError('sweep', [{ path, given, accepted, message }]);
