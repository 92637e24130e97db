import { custom, file, flag, type Option, repeated, text } from './option.ts';

/** Of every command that has a result. */
export const jsonFlag = (group = ''): { readonly json: Option<boolean> } => ({
  json: flag({ group, help: 'Print the result as JSON; progress and logs go to stderr' }),
});

/** Of every command that takes a scenario. Which fields there are is for the scenario's schema to say. */
export const setRow = {
  set: repeated(
    custom(
      {
        group: 'Scenario',
        help: 'Override a field, such as workload.connections=5000',
        placeholder: 'path=value',
        accepted: 'path=value, such as workload.connections=5000',
      },
      (given) => (/^[^=\s]+=/.test(given) ? given : undefined),
    ),
  ),
} as const;

/** Of every command that simulates or measures. */
export const thresholdRow = {
  threshold: repeated(
    text({
      group: 'Verdict',
      help: "Exit 1 unless a figure meets it, such as 'latencyMs.p99<200'",
      placeholder: 'CONDITION',
      accepted: "a figure, a comparison and a limit, such as 'latencyMs.p99<200'",
    }),
  ),
} as const;

export const saveRow = {
  save: text({
    group: 'Output',
    help: 'Keep the result under a name, for the results command',
    placeholder: 'NAME',
    accepted: '1 to 100 letters, digits, . _ or -',
  }),
} as const;

export const figureRows = {
  charts: file({
    group: 'Output',
    help: 'Write each chart as SVG, PNG and Vega-Lite into a folder',
    placeholder: 'DIR',
    accepted: 'a folder, such as out/charts',
  }),
  report: file({
    group: 'Output',
    help: 'Write a page with charts, readable offline',
    placeholder: 'FILE.html',
    accepted: 'a file that ends in .html',
    extension: /\.html?$/,
  }),
} as const;
