import { drillForm, parseDrill } from '../../live/drills.ts';
import { interruptedExitCode } from '../../live/interruption.ts';
import { runLive } from '../../live/run-live.ts';
import { recordRun } from '../../validation/recorded-runs.ts';
import { loadScenario } from '../../scenario-file.ts';
import { tryOutput, writeOutput } from '../../write-output.ts';
import { capacityCard } from '../../format/capacity-card.ts';
import { paintFor } from '../../format/paint.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, saveRow, setRow, thresholdRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice, count, custom, file, flag, repeated, text } from '../options/option.ts';
import { save, saveNameOf } from '../save.ts';
import { meetsThresholds, thresholdsOf } from '../thresholds.ts';

const run = 'Run';

export const live = defineCommand({
  name: 'live',
  summary: 'run a scenario for real on this machine and measure it',
  positionals: ['SCENARIO'],
  options: {
    ...setRow,
    bus: choice(['embedded', 'nats'], {
      group: run,
      help: "The stream: the server's own, or a nats-server started for the run",
      default: 'embedded',
    }),
    cage: text({
      group: run,
      help: 'Hold the server to the CPU, memory and network of a machine (Linux, root)',
      placeholder: 'MACHINE',
      accepted: 'the name of a machine, such as e2-standard-2',
    }),
    drill: repeated(
      custom(
        { group: run, help: `Make something fail: ${drillForm}`, placeholder: 'KIND@S[+S]', accepted: drillForm },
        (given) => parseDrill(given),
      ),
    ),
    processes: count({
      group: run,
      help: 'Client processes',
      unlessGiven: 'as many as the descriptor limit asks for',
      min: 1,
      max: 64,
    }),
    record: flag({ group: 'Output', help: 'Keep the run among those that regress replays' }),
    out: file({ group: 'Output', help: 'Report as JSON', default: 'out/live.json' }),
    ...saveRow,
    ...figureRows,
    ...jsonFlag('Output'),
    ...thresholdRow,
  },
  notes: [
    'Ctrl-C ends the load early and reports what was measured (exit 130). Exit 1: the account does not balance, or a threshold is missed.',
  ],
  example: 'live experiments/scenarios/laptop-live.yaml --out out/live.json',
  async run({ options, positionals: [file], given, refuse }) {
    const { cage, bus, drill: drills, processes, record, out, json } = options;
    const thresholds = thresholdsOf(given);
    const saveName = saveNameOf(given);
    const wants = wantsFigures(given);
    tryOutput('live', '--out', out);
    const overrides = [...options.set, ...(cage === null ? [] : [`machine=${cage}`])];
    const { resolved, warnings } = loadScenario(file, overrides);
    const { connections } = resolved.scenario.workload;
    if (processes !== null && processes > connections) {
      throw refuse('processes', 'exceeds the number of clients', `1 to ${connections} (workload.connections)`);
    }
    for (const warning of warnings) tell(`warning: ${warning}`);
    let interrupted: string | null = null;
    const report = await runLive(resolved, {
      onProgress: tell,
      bus,
      cage: cage !== null,
      drills,
      ...(processes === null ? {} : { loadProcesses: processes }),
      onInterrupted: (signal, seconds) => {
        interrupted = `interrupted by ${signal} after ${seconds.toFixed(1)} s: the figures are of that time`;
        tell(interrupted);
      },
    });
    const result = `${JSON.stringify(report, null, 2)}\n`;
    process.stdout.write(json ? result : capacityCard(report, undefined, paintFor(process.stdout, process.env)));
    writeOutput(out, result);
    tell(`wrote ${out}`);
    if (interrupted !== null) {
      tell(`${String(interrupted)}${record || saveName !== null ? '; not recorded, not saved' : ''}`);
      return interruptedExitCode;
    }
    if (record) tell(`recorded as ${recordRun(report)}; fanout regress now replays it`);
    save(saveName, report);
    if (wants) {
      const { runReportHtml } = await import('../../charts/run-report-html.ts');
      await writeFigures(given, runReportHtml(resolved, report));
    }
    const isMet = meetsThresholds(thresholds, report.summary, given);
    return report.summary.ledger.balanced && isMet ? 0 : 1;
  },
});
