import {
  formatDuration,
  offeredRates,
  parseDuration,
  type PriceList,
  type ResolvedScenario,
  type Summary,
} from '#core';
import { simulate } from '#sim';
import type { HtmlReport } from '../../charts/report-html.ts';
import { InputError } from '../../input-error.ts';
import { advise as adviseOn, type Advice, type Verification } from '../../planner/advise.ts';
import type { Need } from '../../planner/need.ts';
import { type Decision, stayOrUpgrade } from '../../planner/stay-or-upgrade.ts';
import { loadProfiles } from '../../profiles.ts';
import { loadOneServer, resolveFields } from '../../scenario-file.ts';
import { number } from '../../format/quantities.ts';
import { numberOf } from '../number-of.ts';
import { type Arguments, type Command, jsonOption, overridesOf, setOption, tell } from '../command.ts';
import { figureOptions, figureUsage, wantsFigures, writeFigures } from '../figures.ts';

const rejectionsShown = 12;

export const advise: Command = {
  name: 'advise',
  summary: 'which machine or fleet holds a need, at what cost; or stay or upgrade for a scenario',
  usage: `advise --connections N --rate N [--p99 200ms] [--budget USD] [--growth 20%] [--message-bytes 500]
              [--flush-interval 100ms] [--prices list|document] [--servers-most 32] [--profile NAME] [--scenario FILE] [--set path=value ...]
              ${figureUsage} [--json]
       advise SCENARIO [--cost-first] [--p99 500ms] [--prices list|document] [--set path=value ...] ${figureUsage} [--json]

  --connections   clients to hold at once            --rate      messages per second that each client gets
  --p99           largest p99 latency (500ms)        --budget    USD a month for compute; egress is told beside it
  --growth        share by which connections may grow (0%)
  --prices        list: public on-demand prices; document: the source document's for its e2 machines (list)
  --scenario      takes profile, settings, channels and clients from a scenario; else node-measured at 100 ms
  SCENARIO        the source document's rules for a running server: stay or upgrade, and to what`,
  example: 'advise --connections 30000 --rate 10 --p99 200ms --budget 100',
  options: {
    ...jsonOption,
    ...setOption,
    ...figureOptions,
    connections: { type: 'string' },
    rate: { type: 'string' },
    p99: { type: 'string' },
    budget: { type: 'string' },
    growth: { type: 'string' },
    'message-bytes': { type: 'string' },
    'flush-interval': { type: 'string' },
    'servers-most': { type: 'string' },
    prices: { type: 'string' },
    profile: { type: 'string' },
    scenario: { type: 'string' },
    'cost-first': { type: 'boolean' },
  },
  positionals: ['SCENARIO...'],
  async run(given) {
    const json = given.values['json'] === true;
    const wants = wantsFigures(given);
    const [file, another] = given.positionals;
    if (another !== undefined)
      throw refused('SCENARIO', given.positionals.join(' '), 'one scenario, or none and a need');
    if (file === undefined) {
      const need = needOf(given);
      const advice = adviseOn(need, { onProgress: tellProgress });
      process.stdout.write(json ? `${JSON.stringify(advice, null, 2)}\n` : adviceText(advice));
      if (wants) await writeFigures(given, await reportOf(need, adviceText(advice)));
      return advice.chosen === null ? 1 : 0;
    }
    const { resolved } = loadOneServer(file, overridesOf(given));
    tell(`simulating ${resolved.scenario.name} ...`);
    const { summary } = simulate(resolved, { scale: 'auto' });
    const decision = stayOrUpgrade(resolved, summary, given.values['cost-first'] === true);
    const advice =
      decision.decision === 'stay' ? null : adviseOn(needFrom(resolved, given), { onProgress: tellProgress });
    process.stdout.write(
      json
        ? `${JSON.stringify({ ...decision, advice }, null, 2)}\n`
        : `${decisionText(resolved, decision)}${advice === null ? '' : `\n${adviceText(advice)}`}`,
    );
    if (wants) {
      const text = `${decisionText(resolved, decision)}${advice === null ? '' : `\n${adviceText(advice)}`}`;
      await writeFigures(given, await reportOf(needFrom(resolved, given), text));
    }
    return 0;
  },
};

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

const connectionsMost = 1_000_000;

function needOf(given: Arguments): Need {
  for (const name of ['connections', 'rate']) {
    if (given.values[name] === undefined) {
      throw new InputError('advise', [
        { path: `--${name}`, given: 'nothing', accepted: 'a number above 0', message: 'is needed, or a SCENARIO' },
      ]);
    }
  }
  return {
    ...commonOf(given),
    connections: numberOf(given, 'connections', 0, 1, connectionsMost),
    ratePerSecond: numberOf(given, 'rate', 0, 0.001, 100_000),
    messageBytes: numberOf(given, 'message-bytes', 500, 100, 1_048_576),
    base: baseOf(given),
  };
}

/** The need of a running server: its own load. */
function needFrom(base: ResolvedScenario, given: Arguments): Need {
  const { connections, messageBytes } = base.scenario.workload;
  return {
    ...commonOf(given),
    connections,
    ratePerSecond: offeredRates(base.scenario.workload).deliveriesPerClientPerSecond,
    messageBytes,
    base,
  };
}

function commonOf(given: Arguments): Omit<Need, 'connections' | 'ratePerSecond' | 'messageBytes' | 'base'> {
  const { values } = given;
  const budget = values['budget'] === undefined ? null : numberOf(given, 'budget', 0, 0, 1e9);
  return {
    p99Ms: millisecondsOf('p99', String(values['p99'] ?? '500ms')),
    budgetUsd: budget,
    growth: growthOf(String(values['growth'] ?? '0%')),
    prices: pricesOf(String(values['prices'] ?? 'list')),
    serversMost: numberOf(given, 'servers-most', 32, 1, 1_000),
  };
}

function baseOf(given: Arguments): ResolvedScenario {
  const { values } = given;
  const interval = String(values['flush-interval'] ?? '100ms');
  const overrides = [
    ...(values['profile'] === undefined ? [] : [`profile=${String(values['profile'])}`]),
    ...(values['flush-interval'] === undefined ? [] : [`settings.WS_FLUSH_INTERVAL=${interval}`]),
    ...overridesOf(given),
  ];
  if (values['scenario'] !== undefined) return loadOneServer(String(values['scenario']), overrides).resolved;
  const fields = {
    name: 'need',
    profile: String(values['profile'] ?? 'node-measured'),
    settings: { WS_FLUSH_INTERVAL: interval },
  };
  return resolveFields(fields, 'advise', loadProfiles()).resolved;
}

const refused = (path: string, given: string, accepted: string): InputError =>
  new InputError('advise', [{ path, given, accepted, message: 'cannot be read' }]);

function millisecondsOf(name: string, text: string): number {
  const ns = parseDuration(text);
  if (ns === null || ns <= 0) throw refused(`--${name}`, text, 'a duration such as 200ms');
  return ns / 1e6;
}

function growthOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  if (match === null) throw refused('--growth', text, 'a percentage such as 20%');
  return Number(match[1]) / 100;
}

function pricesOf(text: string): PriceList {
  if (text === 'list' || text === 'document') return text;
  throw refused('--prices', text, 'list, document');
}

function adviceText({ need, chosen, nextBest, rejections, egressUsdPerMonth, diskUsdPerMonth }: Advice): string {
  const asked = `${number(need.connections)} clients x ${number(need.ratePerSecond)} messages/s of ${number(need.messageBytes)} B, p99 below ${number(need.p99Ms)} ms${need.budgetUsd === null ? '' : `, compute up to $${number(need.budgetUsd)} a month`}${need.growth === 0 ? '' : `, ${number(need.growth * 100)} % growth`}`;
  const lines = [asked, `by profile ${need.profile}, writes merged over ${number(need.flushIntervalMs)} ms`, ''];
  if (chosen === null) lines.push('nothing on the list holds this', '');
  else {
    const { candidate, verification } = chosen;
    const { offer } = candidate;
    lines.push(
      `take ${candidate.servers === 1 ? 'one' : candidate.servers} ${offer.machine.name} (${offer.provider})${candidate.servers === 1 ? '' : `, ${number(candidate.connectionsPerServer)} clients each, behind a balancer on one NATS cluster`}: $${candidate.usd.toFixed(2)} a month`,
      ...(verification.verdict === 'likely'
        ? [
            'certainty     likely, not sure: it holds in the middle of the range, not at its slow end; measure before you buy',
          ]
        : []),
      ...summaryLines(verification),
      `transfer      CPU costs x ${candidate.transfer.low.toFixed(2)} to ${candidate.transfer.high.toFixed(2)}: ${candidate.transfer.basis}`,
      `beside it     disk $${diskUsdPerMonth.toFixed(2)}, internet egress of this load all month $${number(Math.round(egressUsdPerMonth))}`,
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
      `  ${`${servers} x ${machine}`.padEnd(20)}${`$${usd.toFixed(2)}`.padStart(10)}  ${reason}${uncertain ? '; fits if the machine is as fast as it may be: measure before you buy' : ''}`,
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
  const latency = `p99 ${range(({ latencyMs }) => latencyMs.p99, 'ms')}; ${number(high.drops)} dropped${refused > 0 ? `; at the slow end ${number(Math.round(refused))} clients are refused` : ''}`;
  return middle === null
    ? [`simulated     ${use('cpu')}, ${use('memory')}, ${use('network')}; ${latency}`]
    : [`in the middle ${middleLine(middle)}`, `at both ends  ${latency}`];
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
