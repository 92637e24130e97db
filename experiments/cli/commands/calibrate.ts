import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RunReport } from '#core';
import type { CostFit } from '../../calibration/cost-fit.ts';
import { fitPlacement } from '../../calibration/fit-placement.ts';
import { fitProfile } from '../../calibration/fit-profile.ts';
import { type IdleMemory, measureIdleMemory } from '../../calibration/idle-memory.ts';
import { measureTimerSlackNs } from '../../calibration/timer-slack.ts';
import { hostOf, provenance } from '../../provenance.ts';
import { calibrationPoints } from '../../validation/points.ts';
import { measuredRounds, measureSet } from '../../validation/record.ts';
import { writeOutput } from '../../write-output.ts';
import { tell } from '../command.ts';
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { count, text } from '../options/option.ts';

const set = 'calibration';
const idleFile = 'out/calibration/idle.json';
const idleConnections = 6_000;

interface IdleFigures {
  readonly idleMemory: IdleMemory;
  readonly timerSlackNs: number;
}

export const calibrate = defineCommand({
  name: 'calibrate',
  summary: 'measure this machine with live runs and fit a runtime profile to them',
  example: 'calibrate --name my-server',
  options: {
    name: text({
      help: 'Name of the profile, as in --set profile=NAME',
      placeholder: 'NAME',
      accepted: 'small letters, digits and hyphens',
      pattern: /^[a-z0-9-]+$/,
      default: 'node-measured',
    }),
    rounds: count({ help: 'How often each load is measured', default: '2', min: 1, max: 20 }),
    ...jsonFlag(),
  },
  async run({ options: { name, rounds, json } }) {
    tell(
      `${calibrationPoints.length} loads, ${rounds} rounds, about ${Math.ceil(calibrationPoints.length * rounds * 0.25)} min.`,
    );
    tell('Let nothing else run on the machine. Stopped runs go on where they were; out/calibration holds them.');
    const idle = await idleFigures();
    await measureSet({ set, points: calibrationPoints, rounds, onProgress: tell });
    const measured = calibrationPoints.map((point) => ({
      point,
      reports: measuredRounds(set, point).slice(0, rounds),
    }));
    const reports = measured.flatMap((one): readonly RunReport[] => one.reports);
    const { date, commit } = provenance('measured');
    const { profile: costs, fits } = fitProfile(reports, { name, date, machine: hostOf(), commit, ...idle });
    tell('fitting how the client shares the cores');
    const { profile, latencyError } = fitPlacement(costs, measured, tell);
    const result = `${JSON.stringify(profile, null, 2)}\n`;
    writeFileSync(new URL(`../../profiles/${name}.json`, import.meta.url), result);
    tell(`latencies of the calibration loads: mean error ${(latencyError * 100).toFixed(1)} %`);
    tell(`wrote experiments/profiles/${name}.json; use it with --set profile=${name}`);
    process.stdout.write(json ? result : fitTable(fits));
    return 0;
  },
});

/** What needs no load. Measured once, as the runs are. */
async function idleFigures(): Promise<IdleFigures> {
  if (existsSync(idleFile)) return JSON.parse(readFileSync(idleFile, 'utf8')) as IdleFigures;
  tell(`${idleConnections} idle connections, and timers`);
  const figures = {
    idleMemory: await measureIdleMemory(idleConnections),
    timerSlackNs: await measureTimerSlackNs(),
  };
  writeOutput(idleFile, `${JSON.stringify(figures)}\n`);
  return figures;
}

function fitTable(fits: readonly CostFit[]): string {
  const lines = fits.flatMap(({ name, meanError, estimates }) => [
    `${name}: mean error ${(meanError * 100).toFixed(1)} %`,
    ...estimates.map(
      ({ cost, value, low, high }) =>
        `  ${`a ${cost}`.padEnd(20)}${value.toPrecision(4).padStart(12)}   90 %: ${low.toPrecision(4)} to ${high.toPrecision(4)}`,
    ),
  ]);
  return `costs in ns of one core, memory in bytes\n\n${lines.join('\n')}\n`;
}
