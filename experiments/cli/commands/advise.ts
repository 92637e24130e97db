import { formatDuration, nanosecondsPerSecond, offeredRates, type ResolvedScenario, type Summary } from '#core';
import { simulate } from '#sim';
import type { HtmlReport } from '../../charts/report-html.ts';
import type { InputError } from '../../input-error.ts';
import { advise as adviseOn, type Advice, type Verification } from '../../planner/advise.ts';
import type { Need } from '../../planner/need.ts';
import { type Decision, stayOrUpgrade } from '../../planner/stay-or-upgrade.ts';
import { loadProfiles } from '../../profiles.ts';
import { loadOneServer, resolveFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { tell } from '../command.ts';
import { wantsFigures, writeFigures } from '../figures.ts';
import { figureRows, jsonFlag, setRow } from '../options/common.ts';
import { defineCommand, type Invocation } from '../options/define-command.ts';
import {
  bytes,
  choice,
  count,
  dollars,
  duration,
  file as fileOption,
  flag,
  percent,
  rate,
  text,
} from '../options/option.ts';
import { refuse } from '../options/table.ts';

const rejectionsShown = 12;

const load = 'Load';
const limits = 'Limits';

const options = {
  connections: count({ group: load, help: 'Clients to hold at once', min: 1, max: 1_000_000 }),
  rate: rate({ group: load, help: 'Messages per second that each client gets', min: 0.001, max: 100_000 }),
  growth: percent({
    group: load,
    help: 'By how much the connections may grow',
    unlessGiven: '0%',
    min: 0,
    max: 10_000,
  }),
  'message-bytes': bytes({ group: load, help: 'Size of a message', unlessGiven: '500', min: 100, max: 1_048_576 }),
  p99: duration({
    group: limits,
    help: 'Longest p99 latency; plain numbers are milliseconds',
    default: '500ms',
    plainUnit: 'ms',
    above: 0,
  }),
  budget: dollars({ group: limits, help: 'Per month, for compute; egress is reported separately', min: 0, max: 1e9 }),
  'servers-most': count({ group: limits, help: 'Max servers of a fleet', default: '32', min: 1, max: 1_000 }),
  prices: choice(['list', 'document'], {
    group: limits,
    help: "Public on-demand prices, or the source document's for its e2 machines",
    default: 'list',
  }),
  profile: text({
    group: 'Server',
    help: 'Runtime profile',
    unlessGiven: 'node-measured',
    placeholder: 'NAME',
    accepted: 'the name of a profile',
  }),
  'flush-interval': duration({
    group: 'Server',
    help: 'Write-coalescing interval; plain numbers are milliseconds',
    unlessGiven: '100ms',
    plainUnit: 'ms',
    min: 0,
  }),
  scenario: fileOption({
    group: 'Server',
    help: 'Scenario that profile, settings, channels and clients are taken from',
    placeholder: 'FILE',
    accepted: 'a scenario',
  }),
  ...setRow,
  'cost-first': flag({ group: 'Of SCENARIO', help: 'Decide by cost before headroom' }),
  ...figureRows,
  ...jsonFlag('Output'),
} as const;
type Options = Invocation<typeof options>['options'];
/** What only a load given by options knows, and what only a running server does. */
const ofLoad = ['connections', 'rate', 'message-bytes', 'flush-interval', 'profile', 'scenario'] as const;
const ofServer = ['cost-first'] as const;
const names = Object.keys(options) as (keyof typeof options)[];

export const advise = defineCommand({
  name: 'advise',
  summary: 'the cheapest machine or fleet for a load; or stay or upgrade, for a scenario',
  positionals: ['SCENARIO ...'],
  options,
  usages: ['advise --connections N --rate N --budget USD', 'advise SCENARIO --cost-first'],
  notes: [
    'Without SCENARIO, --connections and --rate are required. With SCENARIO, the rules of the source document for a running server decide: stay or upgrade, and to what.',
  ],
  example: 'advise --connections 30000 --rate 10 --p99 200ms --budget 100',
  async run({ options: asked, positionals, given, only }) {
    const { json } = asked;
    const [file, ...more] = positionals;
    if (more.length > 0) {
      throw refuse('advise', 'SCENARIO', 'is more than one', positionals.join(' '), 'one scenario, or none and a load');
    }
    const ignored: readonly string[] = file === undefined ? ofServer : ofLoad;
    only(
      file === undefined ? 'without SCENARIO' : 'with SCENARIO',
      names.filter((name) => !ignored.includes(name)),
    );
    const wants = wantsFigures(given);
    if (file === undefined) {
      const need = needOf(asked);
      const advice = adviseOn(need, { onProgress: tellProgress });
      process.stdout.write(json ? `${JSON.stringify(advice, null, 2)}\n` : adviceText(advice));
      if (wants) await writeFigures(given, await reportOf(need, adviceText(advice)));
      return advice.chosen === null ? 1 : 0;
    }
    const { resolved } = loadOneServer(file, [...asked.set]);
    tell(`simulating ${resolved.scenario.name} ...`);
    const { summary } = simulate(resolved, { scale: 'auto' });
    const decision = stayOrUpgrade(resolved, summary, asked['cost-first']);
    const advice =
      decision.decision === 'stay' ? null : adviseOn(needFrom(resolved, asked), { onProgress: tellProgress });
    const text = `${decisionText(resolved, decision)}${advice === null ? '' : `\n${adviceText(advice)}`}`;
    process.stdout.write(json ? `${JSON.stringify({ ...decision, advice }, null, 2)}\n` : text);
    if (wants) await writeFigures(given, await reportOf(needFrom(resolved, asked), text));
    return 0;
  },
});

async function reportOf(need: Need, text: string): Promise<HtmlReport> {
  const { machineCostFigureOf } = await import('../../charts/machine-figures.ts');
  const figure = machineCostFigureOf(need);
  return {
    title: `Which machine for ${number(need.connections)} clients at ${number(need.ratePerSecond)} messages/s?`,
    lead: [`${figure.title}.`],
    sections: [
      {
        title: 'What 1,000 clients cost on each machine, when it is full',
        text: 'Closed forms at the high end of the transfer to each machine; compute alone, no egress. Fourteen cheapest.',
        figures: [figure],
        details: { summary: 'The advice', text },
      },
    ],
  };
}

const tellProgress = (message: string): void => tell(`  ${message}`);

function needOf(asked: Options): Need {
  const { connections, rate: ratePerSecond } = asked;
  const required = (name: 'connections' | 'rate'): InputError =>
    refuse('advise', `--${name}`, 'is required unless SCENARIO is given', '(nothing)', options[name].accepted);
  if (connections === null) throw required('connections');
  if (ratePerSecond === null) throw required('rate');
  const messageBytes = asked['message-bytes'] ?? 500;
  return { ...commonOf(asked), connections, ratePerSecond, messageBytes, base: baseOf(asked) };
}

/** The need of a running server: its own load. */
function needFrom(base: ResolvedScenario, asked: Options): Need {
  const { connections, messageBytes } = base.scenario.workload;
  return {
    ...commonOf(asked),
    connections,
    ratePerSecond: offeredRates(base.scenario.workload).deliveriesPerClientPerSecond,
    messageBytes,
    base,
  };
}

const commonOf = (asked: Options): Omit<Need, 'connections' | 'ratePerSecond' | 'messageBytes' | 'base'> => ({
  p99Ms: asked.p99 * 1_000,
  budgetUsd: asked.budget,
  growth: (asked.growth ?? 0) / 100,
  prices: asked.prices,
  serversMost: asked['servers-most'],
});

function baseOf({ profile, 'flush-interval': flushSeconds, set, scenario }: Options): ResolvedScenario {
  const interval = flushSeconds === null ? null : formatDuration(Math.round(flushSeconds * nanosecondsPerSecond));
  const overrides = [
    ...(profile === null ? [] : [`profile=${profile}`]),
    ...(interval === null ? [] : [`settings.WS_FLUSH_INTERVAL=${interval}`]),
    ...set,
  ];
  if (scenario !== null) return loadOneServer(scenario, overrides).resolved;
  const fields = {
    name: 'need',
    profile: profile ?? 'node-measured',
    settings: { WS_FLUSH_INTERVAL: interval ?? '100ms' },
  };
  return resolveFields(fields, 'advise', loadProfiles()).resolved;
}

function adviceText({ need, chosen, nextBest, rejections, egressUsdPerMonth, diskUsdPerMonth }: Advice): string {
  const asked = `${number(need.connections)} clients x ${number(need.ratePerSecond)} messages/s of ${number(need.messageBytes)} B, p99 below ${number(need.p99Ms)} ms${need.budgetUsd === null ? '' : `, compute up to $${number(need.budgetUsd)} a month`}${need.growth === 0 ? '' : `, ${number(need.growth * 100)} % growth`}`;
  const lines = [asked, `by profile ${need.profile}, writes merged over ${number(need.flushIntervalMs)} ms`, ''];
  if (chosen === null) lines.push('no listed machine meets this', '');
  else {
    const { candidate, verification } = chosen;
    const { offer } = candidate;
    lines.push(
      `take ${candidate.servers === 1 ? 'one' : candidate.servers} ${offer.machine.name} (${offer.provider})${candidate.servers === 1 ? '' : `, ${number(candidate.connectionsPerServer)} clients each, behind a balancer on one NATS cluster`}: $${candidate.usd.toFixed(2)} a month`,
      ...(verification.verdict === 'likely'
        ? ['certainty     likely: it holds in the expected case, not in the worst case; measure before you buy']
        : []),
      ...summaryLines(verification),
      `CPU scaling   costs x ${candidate.transfer.low.toFixed(2)} to ${candidate.transfer.high.toFixed(2)}: ${candidate.transfer.basis}`,
      `not included  disk $${diskUsdPerMonth.toFixed(2)} a month; internet egress at this load $${number(Math.round(egressUsdPerMonth))} a month`,
      `sources       ${offer.sources.join('; ')}`,
      '',
    );
  }
  if (nextBest !== null) {
    const { candidate, verification } = nextBest;
    lines.push(
      `next best     ${candidate.servers} x ${candidate.offer.machine.name}: $${candidate.usd.toFixed(2)} a month${verification.verdict === 'likely' ? ', likely' : ''}`,
      ...summaryLines(verification),
      '',
    );
  }
  lines.push('ruled out');
  for (const { machine, servers, usd, reason, uncertain } of rejections.slice(0, rejectionsShown)) {
    lines.push(
      `  ${`${servers} x ${machine}`.padEnd(20)}${`$${usd.toFixed(2)}`.padStart(10)}  ${reason}${uncertain ? '; fits in the best case: measure before you buy' : ''}`,
    );
  }
  if (rejections.length > rejectionsShown) lines.push(`  and ${rejections.length - rejectionsShown} more`);
  return `${lines.join('\n')}\n`;
}

function summaryLines({ low, middle, high }: Verification): string[] {
  const range = (pick: (summary: Summary) => number | null, unit: string): string => {
    const [from, to] = [pick(low), pick(high)]
      .sort((left, right) => (left ?? Infinity) - (right ?? Infinity))
      .map((value) => number(value === null ? null : Math.round(value)));
    return from === to ? `${from} ${unit}` : `${from} to ${to} ${unit}`;
  };
  const use = (resource: string): string =>
    `${resource} ${range((summary) => (summary.resources.find((one) => one.resource === resource)?.utilisation ?? 0) * 100, '%')}`;
  const refused = Object.values(high.connections.refusedByReason).reduce((sum, count) => sum + count, 0);
  const latency = `p99 ${range(({ latencyMs }) => latencyMs.p99, 'ms')}; ${number(high.drops)} dropped${refused > 0 ? `; in the worst case ${number(Math.round(refused))} clients are refused` : ''}`;
  return middle === null
    ? [`simulated     ${use('cpu')}, ${use('memory')}, ${use('network')}; ${latency}`]
    : [`expected      ${middleLine(middle)}`, `best, worst   ${latency}`];
}

/** A likely answer is read in the middle: at the slow end the server defends itself, and its figures mislead. */
function middleLine({ resources, latencyMs }: Summary): string {
  const use = resources
    .filter(({ resource }) => resource === 'cpu' || resource === 'memory' || resource === 'network')
    .map(({ resource, utilisation }) => `${resource} ${Math.round(utilisation * 100)} %`);
  return `${use.join(', ')}; p99 ${number(latencyMs.p99 === null ? null : Math.round(latencyMs.p99))} ms`;
}

function decisionText({ scenario, machine }: ResolvedScenario, { decision, rules, notes }: Decision): string {
  const seconds = formatDuration(scenario.workload.durationSeconds * 1e9);
  return `${[
    `${scenario.description || scenario.name} on ${machine.name}, ${seconds} simulated: ${decision}`,
    ...rules.map(
      ({ side, rule, found, holds }) => `  ${side.padEnd(8)}${holds ? 'yes' : 'no '}  ${rule.padEnd(38)}${found}`,
    ),
    ...notes.map((note) => `  note         ${note}`),
  ].join('\n')}\n`;
}
