import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RunReport } from '#core';
import type { CostFit } from '../../calibration/cost-fit.ts';
import { fitPlacement } from '../../calibration/fit-placement.ts';
import { fitProfile } from '../../calibration/fit-profile.ts';
import { type IdleMemory, measureIdleMemory } from '../../calibration/idle-memory.ts';
import { measureTimerSlackNs } from '../../calibration/timer-slack.ts';
import { InputError } from '../../input-error.ts';
import { hostOf, provenance } from '../../provenance.ts';
import { calibrationPoints } from '../../validation/points.ts';
import { measuredRounds, measureSet } from '../../validation/record.ts';
import { writeOutput } from '../../write-output.ts';
import { type Command, jsonOption, tell } from '../command.ts';

const set = 'calibration';
const idleFile = 'out/calibration/idle.json';
const idleConnections = 6_000;

interface IdleFigures {
  readonly idleMemory: IdleMemory;
  readonly timerSlackNs: number;
}

export const calibrate: Command = {
  name: 'calibrate',
  summary: 'measure this machine with live runs and fit a runtime profile to them',
  usage: 'calibrate [--name NAME] [--rounds 2] [--json]',
  example: 'calibrate --name my-server',
  options: { ...jsonOption, name: { type: 'string' }, rounds: { type: 'string' } },
  positionals: [],
  async run({ values }) {
    const rounds = Number(values['rounds'] ?? 2);
    const name = String(values['name'] ?? 'node-measured');
    refuseWhatCannotBe(rounds, name);
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
    const text = `${JSON.stringify(profile, null, 2)}\n`;
    writeFileSync(new URL(`../profiles/${name}.json`, import.meta.url), text);
    tell(`latencies of the calibration loads: mean error ${(latencyError * 100).toFixed(1)} %`);
    tell(`wrote experiments/profiles/${name}.json; use it with --set profile=${name}`);
    process.stdout.write(values['json'] === true ? text : fitTable(fits));
    return 0;
  },
};

function refuseWhatCannotBe(rounds: number, name: string): void {
  const refuse = (path: string, given: string, accepted: string): never => {
    throw new InputError('calibrate', [{ path, given, accepted, message: 'is not accepted' }]);
  };
  if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds', String(rounds), 'a whole number from 1');
  if (!/^[a-z0-9-]+$/.test(name)) refuse('--name', name, 'small letters, digits and hyphens');
}

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
