import { type InputIssue, offeredRates, type ResolvedScenario } from '#core';
import { simulate } from '#sim';
import type { HtmlReport } from '../../charts/report-html.ts';
import { adviceText } from '../../format/advice-text.ts';
import { number } from '../../format/quantities.ts';
import { decisionText } from '../../format/decision-text.ts';
import { InputError } from '../../input-error.ts';
import { advise as adviseOn, type AdviseProgress } from '../../planner/advise.ts';
import { type Need, regions, type Region } from '../../planner/need.ts';
import { sizedSettings } from '../../planner/sizing.ts';
import { stayOrUpgrade } from '../../planner/stay-or-upgrade.ts';
import { loadProfiles } from '../../profiles.ts';
import {
  applySet,
  loadOneServer,
  readScenarioFields,
  refuseFleet,
  resolveFields,
  setField,
} from '../../scenario-file.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand } from '../options/define-command.ts';
import {
  bytes,
  choice,
  count,
  custom,
  dollars,
  duration,
  file,
  flag,
  percent,
  rate,
  text,
  type ValuesOf,
} from '../options/option.ts';

/** A client on another network in the same part of the world. */
const roundTripMsDefault = 40;

const table = {
  connections: count({ group: 'Need', min: 1, max: 1_000_000, help: 'Clients to hold at once' }),
  rate: rate({ group: 'Need', min: 0.001, max: 100_000, help: 'Messages per second that each client gets' }),
  p99: duration({ group: 'Need', above: 0, max: 60, default: '500ms', plainUnit: 'ms', help: 'Largest p99 latency' }),
  'message-bytes': bytes({
    group: 'Need',
    min: 100,
    max: 1_048_576,
    help: "Payload of a message (the scenario's, or 500)",
  }),
  growth: percent({ group: 'Need', min: 0, max: 10_000, default: '0', help: 'By how much connections may grow' }),
  arrivals: choice(['regular', 'poisson'], {
    group: 'Need',
    help: "Messages at equal distances or at random (the scenario's, or poisson)",
  }),
  budget: dollars({ group: 'Purchase', min: 0, max: 1e9, help: 'USD a month, for compute and for --egress if given' }),
  spare: count({
    group: 'Purchase',
    min: 0,
    max: 100,
    default: '0',
    help: 'Servers that may fail, beyond those needed',
  }),
  regions: custom(
    {
      group: 'Purchase',
      help: 'Take machines of these regions only',
      placeholder: regions.join(','),
      accepted: `by comma: ${regions.join(', ')} (prices elsewhere are not known)`,
    },
    (given): readonly Region[] | undefined => {
      const names = given.split(',').map((name) => name.trim());
      return names.every((name): name is Region => (regions as readonly string[]).includes(name)) ? names : undefined;
    },
  ),
  egress: choice(['internet', 'internal', 'cdn'], {
    group: 'Purchase',
    help: 'Count egress in the ranking and the budget, by where it goes',
  }),
  prices: choice(['list', 'document'], {
    group: 'Purchase',
    default: 'list',
    help: "Public on-demand prices, or the source document's for its e2 machines",
  }),
  'servers-most': count({ group: 'Purchase', min: 1, max: 1_000, default: '32', help: 'Servers at the most' }),
  'flush-interval': duration({
    group: 'Server',
    min: 0,
    max: 10,
    plainUnit: 'ms',
    help: 'Time between writes to a client; without it the longest that leaves room below the p99',
  }),
  profile: text({ group: 'Server', accepted: 'the name of a profile', help: 'Runtime profile (node-measured)' }),
  scenario: file({
    group: 'Server',
    accepted: 'a scenario file',
    help: 'Take profile, settings, channels, clients, arrivals and faults from a scenario',
  }),
  'cost-first': flag({
    group: 'Stay or upgrade',
    help: 'Cost is the main concern, for the rules of the source document',
  }),
  ...setRow,
  ...figureRows,
  ...jsonFlag('Output'),
} as const;
type Values = ValuesOf<typeof table>;

export const advise = defineCommand({
  name: 'advise',
  summary: 'the cheapest machine or fleet for a load; or stay or upgrade, for a scenario',
  positionals: ['SCENARIO ...'],
  options: table,
  usages: ['advise --connections N --rate N --budget USD', 'advise SCENARIO --cost-first'],
  notes: [
    `Without --scenario clients are ${roundTripMsDefault} ms away (--set workload.client.roundTripMs=...).`,
    'With SCENARIO: the rules of the source document for a running server, and where they say upgrade, to what.',
    'Exit 1 when nothing within the budget holds, surely or likely.',
  ],
  example: 'advise --connections 30000 --rate 10 --p99 200ms --budget 100',
  async run({ options, positionals, given, refuse }) {
    const wants = wantsFigures(given);
    const [scenario, another] = positionals;
    if (another !== undefined) {
      throw new InputError('advise', [
        {
          path: 'SCENARIO',
          given: positionals.join(' '),
          accepted: 'one scenario, or none and a need',
          message: 'is more than one',
        },
      ]);
    }
    if (scenario === undefined) {
      for (const name of ['connections', 'rate'] as const) {
        if (options[name] === null) throw refuse(name, 'is required, or a SCENARIO', 'a number above 0');
      }
      if (options['cost-first']) throw refuse('cost-first', 'speaks of a SCENARIO that runs', 'with SCENARIO');
      const need = needOf(options);
      const advice = adviseOn(need, { onProgress: progress() });
      const written = adviceText(advice);
      process.stdout.write(options.json ? `${JSON.stringify(advice, null, 2)}\n` : written);
      if (wants) await writeFigures(given, await reportOf(need, written));
      return advice.chosen === null && advice.likely === null ? 1 : 0;
    }
    for (const name of ['connections', 'rate', 'message-bytes', 'scenario', 'profile', 'arrivals'] as const) {
      if (options[name] !== null)
        throw refuse(name, 'is what SCENARIO says', 'without SCENARIO, or --set on its fields');
    }
    const { resolved } = loadOneServer(scenario, [...options.set]);
    tell(`simulating ${resolved.scenario.name} ...`);
    const { summary } = simulate(resolved, { scale: 'auto' });
    const decision = stayOrUpgrade(resolved, summary, options['cost-first']);
    const need = needFrom(resolved, options);
    const advice = decision.decision === 'stay' ? null : adviseOn(need, { onProgress: progress() });
    const written = `${decisionText(resolved, decision)}${advice === null ? '' : `\n${adviceText(advice)}`}`;
    process.stdout.write(options.json ? `${JSON.stringify({ ...decision, advice }, null, 2)}\n` : written);
    if (wants) await writeFigures(given, await reportOf(need, written));
    return 0;
  },
});

/** Progress with the time that is left if the whole budget is used. */
function progress(): (told: AdviseProgress) => void {
  const began = performance.now();
  return ({ message, simulations, simulationsMax }) => {
    const each = simulations === 0 ? null : (performance.now() - began) / 1_000 / simulations;
    const left = each === null ? '' : `, at most ${Math.ceil(each * (simulationsMax - simulations))} s left`;
    tell(`  ${simulations} of at most ${simulationsMax} simulations${left}: ${message}`);
  };
}

async function reportOf(need: Need, written: string): Promise<HtmlReport> {
  const { machineCostFigureOf } = await import('../../charts/machine-figures.ts');
  const figure = machineCostFigureOf(need);
  return {
    title: `Which machine for ${number(need.connections)} clients at ${number(need.ratePerSecond)} messages/s?`,
    lead: written.split('\n').filter((line) => /^(take|likely|nothing|no machine)/.test(line)),
    sections: [
      { title: 'The advice', figures: [], details: { summary: 'In full', text: written } },
      {
        title: 'What 1,000 clients cost on each machine, when it is full',
        text: 'Closed forms at the slow end of the transfer to each machine; compute alone, no egress. Fourteen cheapest.',
        figures: [figure],
      },
    ],
  };
}

/** What the need decides, and --set therefore cannot. */
const decided: Readonly<Record<string, string>> = {
  machine: 'nothing: advise chooses the machine; `capacity` and `predict` take one',
  shards: 'nothing: one event loop for each vCPU',
  'workload.connections': '--connections',
  'workload.ratePerSecond': '--rate',
  'workload.messageBytes': '--message-bytes',
  'settings.WS_FLUSH_INTERVAL': '--flush-interval',
  'settings.WS_FLUSH_INTERVAL_MAX': '--flush-interval',
  'settings.WS_SHARDS': 'nothing: one event loop for each vCPU',
  'settings.WS_CPU_LIMIT': "nothing: the machine's",
  'settings.WS_MEMORY_LIMIT': "nothing: the machine's",
  ...Object.fromEntries(sizedSettings.map((name) => [`settings.${name}`, 'nothing: it grows with the load'])),
  loadOnSameMachine: 'false: clients are on machines of their own',
  egress: '--egress',
};

/** @throws InputError for what would be swallowed */
function refuseDecided(overrides: readonly string[]): void {
  const issues = overrides.flatMap((override): InputIssue[] => {
    const path = override.slice(0, override.indexOf('='));
    const found = Object.keys(decided).find((one) => path === one || path.startsWith(`${one}.`));
    return found === undefined
      ? []
      : [{ path, given: override, accepted: decided[found], message: 'is decided by advise itself' }];
  });
  if (issues.length > 0) throw new InputError('advise --set', issues);
}

function needOf(options: Values): Need {
  refuseDecided(options.set);
  return {
    ...commonOf(options),
    connections: options.connections ?? 1,
    ratePerSecond: options.rate ?? 1,
    ...baseOf(options),
  };
}

/** The need of a running server: its own load. */
function needFrom(base: ResolvedScenario, options: Values): Need {
  const { connections, messageBytes } = base.scenario.workload;
  return {
    ...commonOf(options),
    connections,
    ratePerSecond: offeredRates(base.scenario.workload).deliveriesPerClientPerSecond,
    messageBytes,
    base,
  };
}

function commonOf(options: Values): Omit<Need, 'connections' | 'ratePerSecond' | 'messageBytes' | 'base'> {
  return {
    p99Ms: Number((options.p99 * 1_000).toPrecision(9)),
    budgetUsd: options.budget,
    growth: options.growth / 100,
    prices: options.prices,
    serversMost: options['servers-most'],
    spare: options.spare,
    egress: options.egress,
    regions: options.regions,
    flushIntervalMs:
      options['flush-interval'] === null ? null : Number((options['flush-interval'] * 1_000).toPrecision(9)),
  };
}

/** The base scenario: a file or this project's server, with what the options say of it. @throws InputError for a fleet */
function baseOf(options: Values): Pick<Need, 'base' | 'messageBytes'> {
  const { scenario, profile, arrivals, set } = options;
  const source = scenario ?? 'advise';
  const fields =
    scenario === null ? { name: 'need', profile: 'node-measured' } : readScenarioFields(scenario, [...set]);
  if (scenario === null) {
    setField(fields, 'workload.client.roundTripMs', roundTripMsDefault);
    for (const override of set) applySet(fields, override);
  }
  const workload = fields['workload'] as Readonly<Record<string, unknown>> | undefined;
  if (profile !== null) setField(fields, 'profile', profile);
  if (arrivals !== null) setField(fields, 'workload.arrivals', arrivals);
  else if (workload?.['arrivals'] === undefined) setField(fields, 'workload.arrivals', 'poisson');
  if (options['message-bytes'] !== null) {
    setField(fields, 'workload.messageBytes', options['message-bytes']);
    delete (fields['workload'] as Record<string, unknown>)['messageSizes'];
  }
  const { resolved: base } = resolveFields(fields, source, loadProfiles());
  refuseFleet(base, source);
  return { base, messageBytes: base.scenario.workload.messageBytes };
}
