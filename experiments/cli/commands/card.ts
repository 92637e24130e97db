import {
  baselineValues,
  beforeOptimisationValues,
  bytesPerGiB,
  differenceBetween,
  hoursPerMonth,
  machines,
  parseSettings,
  rateMaxByNetwork,
  type Settings,
  type SettingValues,
  wireBytesPerMessage,
} from '#core';
import { InputError } from '../../input-error.ts';
import { number } from '../../format/capacity-card.ts';
import { type Command, jsonOption, overridesOf, setOption } from '../command.ts';

const referenceMessageBytes = 500;

export const card: Command = {
  name: 'card',
  summary: 'the quick reference card of a configuration, or what --diff says is different',
  usage: 'card [--set WS_...=value ...] [--diff baseline|before] [--json]',
  example: 'card --diff before',
  options: { ...jsonOption, ...setOption, diff: { type: 'string' } },
  positionals: [],
  run(given) {
    const settings = settingsOf(Object.fromEntries(overridesOf(given).map((text) => text.split('=', 2))));
    const other = given.values['diff'];
    if (other !== undefined) return printDifference(settings, String(other), given.values['json'] === true);
    const fields = cardOf(settings);
    process.stdout.write(
      given.values['json'] === true
        ? `${JSON.stringify(fields, null, 2)}\n`
        : `${Object.entries(fields)
            .map(([name, value]) => `${name.padEnd(22)}${value}`)
            .join('\n')}\n`,
    );
    return 0;
  },
};

/** The card's lines (R119), all from the configuration. */
function cardOf(settings: Settings): Record<string, string> {
  const baseline = settingsOf(baselineValues);
  const before = settingsOf(beforeOptimisationValues);
  const machine = machines.find(({ cpuLimitCores }) => cpuLimitCores >= settings.cpuLimitCores) ?? machines[0];
  const network = machine.networkBitsPerSecond ?? Infinity;
  const gain = (settings.connectionsMax / baseline.connectionsMax - 1) * 100;
  return {
    machine: `${machine.name}, $${number((machine.usdPerHour ?? 0) * hoursPerMonth)} a month`,
    'CPU limit': `${settings.cpuLimitCores} cores`,
    'memory limit': `${number(settings.memoryLimitBytes / bytesPerGiB)} GiB`,
    'connections, most': `${number(settings.connectionsMax)} (${gain >= 0 ? '+' : ''}${gain.toFixed(0)} % against the baseline)`,
    workers: `${number(settings.workerPoolSize)} (baseline ${number(baseline.workerPoolSize)})`,
    'worker queue': `${number(settings.workerQueueSize)} (baseline ${number(baseline.workerQueueSize)})`,
    'tasks, most': `${number(settings.tasksMax)} (baseline ${number(baseline.tasksMax)})`,
    'ingest rate cap': `${number(settings.natsRateMaxPerSecond)} messages/s`,
    network: `${number(network / 1e9)} Gbit/s: full at ${number(rateMaxByNetwork(network, settings.connectionsMax, referenceMessageBytes))} messages/s of payload, ${number(rateMaxByNetwork(network, settings.connectionsMax, wireBytesPerMessage(referenceMessageBytes)))} on the wire`,
    'send buffer': `${settings.sendBufferSlots} slots (before: ${before.sendBufferSlots})`,
    'subscription lookup': `${settings.subscriptionLookup} (before: ${before.subscriptionLookup})`,
    'flush interval': `${settings.flushIntervalNs / 1e6} ms`,
  };
}

function printDifference(settings: Settings, name: string, json: boolean): number {
  const known: Record<string, SettingValues> = { baseline: baselineValues, before: beforeOptimisationValues };
  const values = known[name];
  if (values === undefined) {
    throw new InputError('card', [
      {
        path: '--diff',
        given: name,
        accepted: Object.keys(known).join(', '),
        message: 'there is no such configuration',
      },
    ]);
  }
  const rows = differenceBetween(settingsOf(values), settings);
  process.stdout.write(
    json
      ? `${JSON.stringify(rows, null, 2)}\n`
      : `${['', ...rows.map(({ variable, left, right }) => `${variable.padEnd(26)}${left.padStart(10)} -> ${right}`)].join('\n').trimStart()}\n`,
  );
  return 0;
}

function settingsOf(values: SettingValues): Settings {
  const parsed = parseSettings(values);
  if (parsed.ok) return parsed.settings;
  throw new InputError(
    'settings',
    parsed.issues.map(({ variable, ...rest }) => ({ path: variable, ...rest })),
  );
}
