import { claimedFigure, deviationsFigure, verdictsFigure, verdictsOf } from '#charts';
import type { AuditData, AuditedClaim, AuditFigure } from '../data/audit.ts';
import { digits, figure, finding, note, percent, table, together } from './elements.ts';
import type { ChoiceField } from './form.ts';

const refuted = 'inconsistent';
const all = 'all';

export const refutedClaims = ({ claims }: AuditData): AuditedClaim[] =>
  claims.filter(({ verdict }) => verdict === refuted);

export const verdictChoices = ({ claims }: AuditData): ChoiceField['choices'] => [
  { value: all, label: 'all verdicts' },
  ...verdictsOf(claims).counts.map(({ verdict, claims: count }) => ({
    value: verdict,
    label: `${verdict} (${count})`,
  })),
];

export const sectionChoices = ({ claims }: AuditData): ChoiceField['choices'] => [
  ...[...new Set(claims.map(({ section }) => section))].map((section) => ({ value: section, label: section })),
  { value: all, label: 'the whole document' },
];

export const refutedChoices = (data: AuditData): ChoiceField['choices'] =>
  refutedClaims(data).map(({ id, says, line }) => ({ value: id, label: `Line ${line}: ${says}` }));

/** How the document stands. */
export function verdictsView(data: AuditData): HTMLElement {
  const { counts, claims } = verdictsOf(data.claims);
  const of = (name: string): number => counts.find(({ verdict }) => verdict === name)?.claims ?? 0;
  return together(
    finding`Of ${claims} claims ${of('consistent')} hold, ${of('rounding')} are rounded, ${of('ambiguous')} can be read in two ways and ${of(refuted)} are refuted.`,
    figure(
      verdictsFigure({ counts, claims }),
      table(counts, [
        { head: 'verdict', of: ({ verdict }) => verdict, kind: 'given' },
        { head: 'claims', of: (row) => row.claims, kind: 'result' },
      ]),
    ),
  );
}

/** All refuted claims with a number, by how far they are off. */
export function deviationsView(data: AuditData): HTMLElement {
  const rows = refutedClaims(data).flatMap(({ says, line, deviation }) =>
    deviation === null ? [] : [{ name: `line ${line}`, says, deviation }],
  );
  return figure(
    deviationsFigure(rows),
    table(rows, [
      { head: 'where', of: ({ name }) => name, kind: 'given' },
      { head: 'claim', of: ({ says }) => says, kind: 'given' },
      { head: 'off by', of: ({ deviation }) => percent(deviation), kind: 'result' },
    ]),
  );
}

/** One refuted claim: what it says, what is right, from which numbers, and how it would look otherwise. */
export function claimView(data: AuditData, id: string): HTMLElement {
  const claim = data.claims.find((one) => one.id === id);
  if (claim === undefined) return note`There is no claim ${id}.`;
  const other = data.claims.find((one) => one.id === claim.contradicts);
  const lead = finding`"${claim.says}" (line ${claim.line}, ${claim.section}): claimed ${worded(claim.claimed, claim.unit)}${claim.recomputed === null ? '' : `, recomputed ${worded(claim.recomputed, claim.unit)}`}.`;
  lead.id = 'claim';
  const figures: readonly AuditFigure[] = [
    { what: 'claimed', value: valueOf(claim.claimed), unit: claim.unit },
    ...(claim.recomputed === null
      ? []
      : [{ what: claim.formula ?? 'recomputed', value: claim.recomputed, unit: claim.unit }]),
    ...claim.otherwise,
    ...claim.shownBy.map(({ what, kind, value, unit }) => ({ what: `${what} (${kind})`, value, unit })),
  ];
  const drawn = figures.filter(
    (one): one is AuditFigure & { readonly value: number } => typeof one.value === 'number' && one.unit === claim.unit,
  );
  return together(
    lead,
    note`${claim.note}`,
    other === undefined ? null : note`It cannot stand beside "${other.says}" (line ${other.line}).`,
    claim.right === null ? null : note`Right is: ${claim.right.what} ${worded(claim.right.value, claim.right.unit)}.`,
    drawn.length < 2
      ? null
      : figure(
          claimBars(drawn, claim.unit),
          table(figures, [
            { head: 'figure', of: ({ what }) => what, kind: 'given' },
            { head: 'value', of: ({ value }) => value, kind: 'result' },
            { head: 'unit', of: ({ unit }) => unit, kind: 'given' },
          ]),
        ),
    claim.inputs.length === 0
      ? null
      : table(
          claim.inputs,
          [
            { head: 'it is computed from', of: ({ what }) => what, kind: 'given' },
            { head: 'value', of: ({ value }) => value, kind: 'result' },
            { head: 'unit', of: ({ unit }) => unit, kind: 'given' },
          ],
          { caption: claim.formula ?? '' },
        ),
    note`See it in the terminal: npm run -s fanout -- ${claim.command}`,
    tryIt(claim),
  );
}

/** A link to the machine page with this claim's load set, where the claim is about a load. */
function tryIt({ inputs }: AuditedClaim): HTMLElement | null {
  const given = (pattern: RegExp): number | string | undefined => inputs.find(({ name }) => pattern.test(name))?.value;
  const connections = given(/^connections/);
  const rate = given(/^rate/);
  if (connections === undefined || rate === undefined) return null;
  const link = document.createElement('a');
  link.href = `./the-machine.html#${new URLSearchParams({ profile: 'go-documented', connections: String(connections), rate: String(rate), flush: '0' }).toString()}`;
  link.textContent = 'Put this load on the machine';
  const paragraph = document.createElement('p');
  paragraph.append(link);
  return paragraph;
}

const claimBars = (rows: readonly (AuditFigure & { readonly value: number })[], unit: string) => {
  const shown = rows.map(({ what, value }, index) => ({ name: what, value, claimed: index === 0 }));
  return claimedFigure(shown, unit);
};

/** Claims one can look through, by section and verdict. */
export function claimsView({ claims }: AuditData, section: string, verdict: string): HTMLElement {
  const rows = claims.filter(
    (one) => (section === all || one.section === section) && (verdict === all || one.verdict === verdict),
  );
  return together(
    note`${rows.length} claims.`,
    table(rows, [
      { head: 'claim', of: ({ says }) => says, kind: 'given' },
      { head: 'line', of: ({ line }) => String(line), kind: 'given' },
      { head: 'claimed', of: ({ claimed, unit }) => worded(claimed, unit), kind: 'result' },
      {
        head: 'recomputed',
        of: ({ recomputed, unit }) => (recomputed === null ? '-' : worded(recomputed, unit)),
        kind: 'result',
      },
      { head: 'verdict', of: (one) => one.verdict, kind: 'given' },
    ]),
  );
}

function valueOf(claimed: AuditedClaim['claimed']): number | string {
  if (claimed === null) return '-';
  return typeof claimed === 'object' ? claimed.map(digits).join(' to ') : claimed;
}

const worded = (value: AuditedClaim['claimed'], unit: string): string => {
  const shown = valueOf(value);
  return `${typeof shown === 'number' ? digits(shown) : shown} ${unit}`.trim();
};
