import type { Summary } from '#core';
import { noPaint, type Paint } from './paint.ts';
import { wrapped } from './text-layout.ts';

type Verdict = NonNullable<Summary['verdict']>;

const reasonText = ({ what, found, accepted, sinceSeconds }: Verdict['reasons'][number]): string =>
  `${what} ${found}${sinceSeconds === null ? '' : ` since second ${Math.round(sinceSeconds)}`} (accepted: ${accepted})`;

/** Whether a load holds, in one sentence: what a card and a page begin with. */
export function verdictText(verdict: Summary['verdict']): string {
  if (verdict === null) return 'not judged: the report is older than verdicts';
  const [first] = verdict.reasons;
  return first === undefined ? 'holds' : `does not hold: ${reasonText(first)}`;
}

/** All that speaks against a load beside the first reason. */
export const furtherReasons = (verdict: Summary['verdict']): string[] =>
  (verdict?.reasons ?? []).slice(1).map(reasonText);

/** The verdict for a terminal: the sentence, and the further reasons below it. */
export function verdictLines(verdict: Summary['verdict'], paint: Paint = noPaint): string[] {
  const colour = verdict === null ? paint.strong : verdict.holds ? paint.good : paint.bad;
  return [
    ...wrapped(verdictText(verdict)).map(colour),
    ...furtherReasons(verdict).flatMap((text) => wrapped(`and ${text}`, 76).map((line) => `  ${line}`)),
  ];
}
