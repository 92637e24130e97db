import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
import { tryOutputFolder } from '../../write-output.ts';
import { type Arguments, tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, saveRow, setRow, thresholdRow } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import { choice, count, duration, file as fileOption, flag, repeated, text } from '../options/option.ts';
import { thresholdLine, thresholdsOf, tellThresholds } from '../thresholds.ts';

const stoppedCode = 130;

const options = {
  vary: repeated(
    text({
      group: 'Design',
      help: 'Values of a field: path=1,2,3 or path=10..100:10; with --random also path=10..100 (required)',
      placeholder: 'path=VALUES',
      accepted: 'path=1,2,3 or path=10..100:10',
    }),
  ),
  random: count({ group: 'Design', help: 'Draw so many points, not the whole grid', min: 1, max: pointsMost }),
  sampling: choice(['latin-hypercube', 'uniform'], {
    group: 'Design',
    help: 'With --random: how points are drawn',
    unlessGiven: 'latin-hypercube',
  }),
  'design-seed': count({
    group: 'Design',
    help: 'With --random: seed of the design',
    unlessGiven: '1',
    min: 0,
    max: 4_294_967_295,
  }),
  ...setRow,
  exact: flag({ group: 'Run', help: 'Simulate every connection, not cohorts' }),
  jobs: count({ group: 'Run', help: 'Threads', unlessGiven: 'one per core', min: 1, max: 256 }),
  nats: text({
    group: 'Run',
    help: 'Send the points to workers through a NATS server',
    placeholder: 'URL',
    accepted: 'a URL such as nats://127.0.0.1:4222',
  }),
  'ack-wait': duration({
    group: 'Run',
    help: 'With --nats: time after which a silent worker loses its point; plain numbers are seconds',
    min: ackWaitMsLeast / 1_000,
  }),
  out: fileOption({
    group: 'Output',
    help: 'Folder of the results',
    placeholder: 'DIR',
    accepted: 'a folder, such as out/sweep',
  }),
  ...saveRow,
  fresh: flag({ group: 'Output', help: 'Start anew, also where points are done' }),
  ...figureRows,
  ...jsonFlag('Output'),
  ...thresholdRow,
} as const;
type Asked = Invocation<typeof options>['options'];
type Refuse = Invocation<typeof options>['refuse'];

export const sweep = defineCommand({
  name: 'sweep',
  summary: 'simulate a grid or a random design over any fields of a scenario, on all cores or through NATS',
  example:
    'sweep experiments/scenarios/e2-standard-2-12k.yaml --vary workload.connections=4000..16000:2000 --vary workload.ratePerSecond=10,25,50',
  positionals: ['SCENARIO'],
  options,
  notes: ['Ctrl-C keeps the points that are done (exit 130); the same command goes on from there.'],
  async run({ options: asked, positionals: [file], given, refuse }) {
    const { exact, nats: url, fresh, json } = asked;
    const thresholds = thresholdsOf(given);
    const wants = wantsFigures(given);
    const plan = planSweep({
      file,
      overrides: [...asked.set],
      design: designOf(asked, refuse),
      exact,
      profiles: loadProfiles(),
      code: codeVersion(),
    });
    const { manifest, jobs, warnings } = plan;
    const threads = asked.jobs ?? availableParallelism();
    if (url !== null && asked.jobs !== null) {
      throw refuse('jobs', 'is for the workers when points go through NATS', 'worker --jobs N');
    }
    if (url === null && asked['ack-wait'] !== null)
      throw refuse('ack-wait', 'has no effect without --nats', '--nats URL');
    const ackWaitMs = asked['ack-wait'] === null ? ackWaitMsDefault : asked['ack-wait'] * 1_000;
    const folder = SweepFolder.open(folderOf(asked, manifest, refuse), manifest, fresh);
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
      json
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
});

function designOf({ vary, random, sampling, 'design-seed': seed }: Asked, refuse: Refuse): Design {
  const axes = vary.map(parseAxis);
  const paths = axes.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw refuse('vary', `varies ${twice} twice`, 'each field once');
  if (axes.length === 0) throw refuse('vary', 'is required', 'path=1,2,3 or path=10..100:10');
  if (random === null) {
    if (sampling !== null) throw refuse('sampling', 'has no effect on a grid', 'with --random N');
    if (seed !== null) throw refuse('design-seed', 'has no effect on a grid', 'with --random N');
    return { kind: 'grid', axes };
  }
  return { kind: 'random', axes, points: random, sampling: sampling ?? 'latin-hypercube', seed: seed ?? 1 };
}

/** A folder of its own for each design, so that the same command finds its results again. */
function folderOf({ save, out }: Asked, manifest: SweepManifest, refuse: Refuse): string {
  if (save !== null && out !== null)
    throw refuse('save', 'conflicts with --out: both say where results go', '--save or --out');
  if (save !== null) return savedFolder(save);
  if (out !== null) {
    tryOutputFolder('sweep', '--out', out);
    return out;
  }
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
