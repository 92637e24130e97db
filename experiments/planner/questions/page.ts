import type { Asked } from './ask.ts';

const written = (value: number | null): string =>
  value === null ? 'no such figure' : value.toLocaleString('en-US', { maximumSignificantDigits: 8 });

/** One question as a terminal and the page show it. */
export function lineOf({ question, found, byHand, passed }: Asked): string {
  const { unit, arithmetic, tolerancePercent } = question;
  const within = tolerancePercent === 0 ? 'equal' : `within ${tolerancePercent} %`;
  return [
    `${passed ? 'ok    ' : 'FAILED'} ${question.question}`,
    `       found ${written(found)} ${unit}; by hand ${written(byHand)} = ${arithmetic} (${within})`,
  ].join('\n');
}

/** The page of all questions. */
export function pageOf(asked: readonly Asked[]): string {
  return [
    '# Questions of a buyer',
    '',
    'Each with its command, its answer, and the hand calculation that the answer is checked against. Written by',
    '`npx tsx experiments/planner/questions/main.ts --write`; do not edit.',
    '',
    ...asked.flatMap(({ question, found, byHand, passed }, index) => [
      `## ${index + 1}. ${question.question}`,
      '',
      '```sh',
      `npm run -s fanout -- ${question.command}`,
      '```',
      '',
      `**${written(found)} ${question.unit}** (\`${question.answer}\` of \`--json\`). By hand: ${question.arithmetic} = ${written(byHand)}${passed ? '.' : '; **they differ.**'}`,
      '',
    ]),
  ].join('\n');
}
