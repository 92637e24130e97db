import { advise } from './commands/advise.ts';
import { audit } from './commands/audit.ts';
import { calibrate } from './commands/calibrate.ts';
import { capacity } from './commands/capacity.ts';
import { card } from './commands/card.ts';
import type { Command } from './command.ts';
import { npmPrefix } from './options/help.ts';
import { compare } from './commands/compare.ts';
import { completionOf } from './commands/completion.ts';
import { demo } from './commands/demo.ts';
import { init } from './commands/init.ts';
import { live } from './commands/live.ts';
import { load } from './commands/load.ts';
import { predict } from './commands/predict.ts';
import { preflight } from './commands/preflight.ts';
import { publish } from './commands/publish.ts';
import { ramp } from './commands/ramp.ts';
import { regress } from './commands/regress.ts';
import { results } from './commands/results.ts';
import { scenarios } from './commands/scenarios.ts';
import { serve } from './commands/serve.ts';
import { study } from './commands/study.ts';
import { sweep } from './commands/sweep.ts';
import { tornado } from './commands/tornado.ts';
import { worker } from './commands/worker.ts';

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

const lineOf = ({ name, summary }: Command): string => `  ${name.padEnd(12)}${summary}`;

export const overview = `Usage: ${npmPrefix} COMMAND

${groups.map((group) => [`${group.title}:`, ...group.commands.map(lineOf)].join('\n')).join('\n\n')}

Shell:
${lineOf(completion)}

A first session:
  ${npmPrefix} predict experiments/scenarios/e2-standard-2-12k.yaml
  ${npmPrefix} init my-scenario.yaml
  ${npmPrefix} predict my-scenario.yaml --set workload.connections=30000 --report out/report.html

Every command has --help with an example. Exit 2: bad input; exit 1: a failed run or a missed threshold.
`;

/** What `--help` of one command prints. */
export const helpOf = ({ help }: Command): string => help;
