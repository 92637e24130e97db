import { parseDrill } from '../../live/drills.ts';
import { runLive } from '../../live/run-live.ts';
import { recordRun } from '../../validation/recorded-runs.ts';
import { InputError } from '../../input-error.ts';
import { loadScenario } from '../../scenario-file.ts';
import { writeOutput } from '../../write-output.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';
import { save, saveNameOf, saveOption } from '../save.ts';
import { meetsThresholds, thresholdOption, thresholdsOf, thresholdUsage } from '../thresholds.ts';

export const live: Command = {
  name: 'live',
  summary: 'run a scenario for real on this machine and measure it',
  usage: `live SCENARIO [--set path=value ...] [--bus embedded|nats] [--cage MACHINE] [--drill KIND@S[+S] ...] [--record] [--out FILE] [--save NAME]
  ${figureUsage} ${thresholdUsage} [--json]`,
  example: 'live experiments/scenarios/laptop-live.yaml --out out/live.json',
  options: {
    ...jsonOption,
    ...setOption,
    ...thresholdOption,
    ...saveOption,
    ...figureOptions,
    bus: { type: 'string' },
    cage: { type: 'string' },
    record: { type: 'boolean' },
    drill: { type: 'string', multiple: true },
    processes: { type: 'string' },
    out: { type: 'string' },
  },
  positionals: ['SCENARIO'],
  async run(given) {
    const thresholds = thresholdsOf(given);
    const saveName = saveNameOf(given);
    const wants = wantsFigures(given);
    const machine = given.values['cage'] === undefined ? null : String(given.values['cage']);
    const overrides = [...overridesOf(given), ...(machine === null ? [] : [`machine=${machine}`])];
    const { resolved, warnings } = loadScenario(given.positionals[0], overrides);
    for (const warning of warnings) tell(`warning: ${warning}`);
    const report = await runLive(resolved, {
      onProgress: tell,
      bus: busOf(given.values['bus']),
      cage: machine !== null,
      drills: ((given.values['drill'] as string[] | undefined) ?? []).map(parseDrill),
      ...(given.values['processes'] === undefined ? {} : { loadProcesses: Number(given.values['processes']) }),
    });
    const text = `${JSON.stringify(report, null, 2)}\n`;
    const file = String(given.values['out'] ?? 'out/live.json');
    writeOutput(file, text);
    tell(`wrote ${file}`);
    if (given.values['record'] === true) tell(`recorded as ${recordRun(report)}; fanout regress now replays it`);
    save(saveName, report);
    if (wants) {
      const { runReportHtml } = await import('../../charts/run-report-html.ts');
      await writeFigures(given, runReportHtml(resolved, report));
    }
    process.stdout.write(
      given.values['json'] === true
        ? text
        : capacityCard(report, resolved.scenario.description || resolved.scenario.name),
    );
    const isMet = meetsThresholds(thresholds, report.summary, given);
    return report.summary.ledger.balanced && isMet ? 0 : 1;
  },
};

function busOf(given: unknown): 'embedded' | 'nats' {
  if (given === undefined || given === 'embedded') return 'embedded';
  if (given === 'nats') return 'nats';
  throw new InputError('live', [
    { path: '--bus', given: String(given), accepted: 'embedded, nats', message: 'there is no such bus' },
  ]);
}
