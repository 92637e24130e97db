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
import { jsonFlag } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import { choice, custom, repeated } from '../options/option.ts';
import { number } from '../../format/quantities.ts';

const referenceMessageBytes = 500;

export const card = defineCommand({
  name: 'card',
  summary: 'quick reference card of a configuration, or its difference to another',
  example: 'card --diff before',
  options: {
    set: repeated(
      custom(
        {
          help: 'A setting, over the production defaults',
          placeholder: 'WS_NAME=VALUE',
          accepted: 'a setting and its value, such as WS_MAX_CONNECTIONS=14000',
        },
        (given) => /^([A-Z_]+)=(.*)$/.exec(given)?.slice(1) as [string, string] | undefined,
      ),
    ),
    diff: choice(['baseline', 'before'], {
      help: 'The settings that differ: from the baseline of the rollback, or from before the optimisations',
    }),
    ...jsonFlag(),
  },
  run({ options: { set, diff, json } }) {
    const settings = settingsOf(Object.fromEntries(set));
    if (diff !== null) return printDifference(settings, diff, json);
    const fields = cardOf(settings);
    process.stdout.write(
      json
        ? `${JSON.stringify(fields, null, 2)}\n`
        : `${Object.entries(fields)
            .map(([name, value]) => `${name.padEnd(22)}${value}`)
            .join('\n')}\n`,
    );
    return 0;
  },
});

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
    'max connections': `${number(settings.connectionsMax)} (${gain >= 0 ? '+' : ''}${gain.toFixed(0)} % against the baseline)`,
    workers: `${number(settings.workerPoolSize)} (baseline ${number(baseline.workerPoolSize)})`,
    'worker queue': `${number(settings.workerQueueSize)} (baseline ${number(baseline.workerQueueSize)})`,
    'max tasks': `${number(settings.tasksMax)} (baseline ${number(baseline.tasksMax)})`,
    'ingest rate cap': `${number(settings.natsRateMaxPerSecond)} messages/s`,
    network: `${number(network / 1e9)} Gbit/s: full at ${number(rateMaxByNetwork(network, settings.connectionsMax, referenceMessageBytes))} messages/s of payload, ${number(rateMaxByNetwork(network, settings.connectionsMax, wireBytesPerMessage(referenceMessageBytes)))} on the wire`,
    'send buffer': `${settings.sendBufferSlots} slots (before: ${before.sendBufferSlots})`,
    'subscription lookup': `${settings.subscriptionLookup} (before: ${before.subscriptionLookup})`,
    'flush interval': `${settings.flushIntervalNs / 1e6} ms`,
  };
}

function printDifference(settings: Settings, name: 'baseline' | 'before', json: boolean): number {
  const values: SettingValues = name === 'baseline' ? baselineValues : beforeOptimisationValues;
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
