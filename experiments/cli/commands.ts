import { advise } from './advise.ts';
import { audit } from './audit.ts';
import { calibrate } from './calibrate.ts';
import { capacity } from './capacity.ts';
import { card } from './card.ts';
import type { Command } from './command.ts';
import { compare } from './compare.ts';
import { completionOf } from './completion.ts';
import { demo } from './demo.ts';
import { init } from './init.ts';
import { live } from './live.ts';
import { load } from './load.ts';
import { predict } from './predict.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import { ramp } from './ramp.ts';
import { regress } from './regress.ts';
import { results } from './results.ts';
import { scenarios } from './scenarios.ts';
import { serve } from './serve.ts';
import { study } from './study.ts';
import { sweep } from './sweep.ts';
import { tornado } from './tornado.ts';
import { worker } from './worker.ts';

/** By what a planner does, in the order of a first session. */
const groups: readonly { readonly title: string; readonly commands: readonly Command[] }[] = [
  { title: 'Begin', commands: [demo, init, scenarios] },
  { title: 'Ask the twin', commands: [predict, capacity, advise, tornado, study, sweep, worker, results] },
  { title: 'Measure, and check the twin', commands: [live, compare, regress, calibrate, audit] },
  { title: 'Go into production', commands: [card, preflight, ramp, serve, load, publish] },
];
const listed = groups.flatMap((group) => group.commands);
const completion = completionOf(listed);
export const commands: readonly Command[] = [...listed, completion];
const prefix = 'npm run -s fanout --';

const lineOf = ({ name, summary }: Command): string => `  ${name.padEnd(12)}${summary}`;

export const overview = `Usage: ${prefix} COMMAND

${groups.map((group) => [`${group.title}:`, ...group.commands.map(lineOf)].join('\n')).join('\n\n')}

Shell:
${lineOf(completion)}

A first session:
  ${prefix} predict experiments/scenarios/e2-standard-2-12k.yaml
  ${prefix} init my-scenario.yaml
  ${prefix} predict my-scenario.yaml --set workload.connections=30000 --report out/report.html

Every command has --help with an example. Exit 2: bad input; exit 1: a failed run or a missed threshold.
`;

/** What `--help` of one command prints. */
export const helpOf = ({ name, summary, usage, example }: Command): string =>
  `${name}: ${summary}\n\nUsage: ${prefix} ${usage}\n\n  ${prefix} ${example}\n`;
