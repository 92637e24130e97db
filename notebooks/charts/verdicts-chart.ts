import * as Plot from '@observablehq/plot';
import type { Figure } from './figure.ts';
import { centredLabel, digits, frame, marginBottom, palette } from './theme.ts';
import { type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

/** How many claims of a document got which verdict. */
export interface Verdicts {
  readonly claims: number;
  readonly counts: readonly { readonly verdict: string; readonly claims: number }[];
}

/** Verdicts from good to bad, then those that judge nothing. */
const order = ['consistent', 'rounding', 'ambiguous', 'inconsistent', 'empirical', 'config', 'procedure'];
const refuted = 'inconsistent';

export function verdictsOf(claims: readonly { readonly verdict: string }[]): Verdicts {
  const names = [...new Set(claims.map(({ verdict }) => verdict))].sort(
    (left, right) => (order.indexOf(left) + 1 || order.length + 1) - (order.indexOf(right) + 1 || order.length + 1),
  );
  const countOf = (name: string): number => claims.filter(({ verdict }) => verdict === name).length;
  return { claims: claims.length, counts: names.map((verdict) => ({ verdict, claims: countOf(verdict) })) };
}

/** Title that states the finding. */
export function verdictsTitle({ claims, counts }: Verdicts): string {
  const found = counts.find(({ verdict }) => verdict === refuted)?.claims ?? 0;
  const held = counts.find(({ verdict }) => verdict === 'consistent')?.claims ?? 0;
  return `${found} of ${claims} claims are refuted, ${held} hold as they stand`;
}

export const verdictsDescription = ({ counts }: Verdicts): string =>
  `Claims by verdict: ${counts.map(({ verdict, claims }) => `${verdict} ${claims}`).join(', ')}.`;

/** Claims by verdict. */
export function verdictsChart(verdicts: Verdicts): Plot.PlotOptions {
  const { counts } = verdicts;
  return {
    ...frame,
    marginLeft: 110,
    marginRight: 40,
    height: 78 + counts.length * 30,
    marginBottom,
    ariaLabel: verdictsTitle(verdicts),
    ariaDescription: verdictsDescription(verdicts),
    x: { ...centredLabel, label: 'claims', grid: true },
    y: { label: null, domain: counts.map(({ verdict }) => verdict) },
    marks: [
      Plot.barX(counts, {
        x: 'claims',
        y: 'verdict',
        insetTop: 4,
        insetBottom: 4,
        fill: ({ verdict }: { verdict: string }) => (verdict === refuted ? palette.measured : palette.predicted),
      }),
      Plot.text(counts, {
        x: 'claims',
        y: 'verdict',
        text: ({ claims }: { claims: number }) => digits(claims),
        textAnchor: 'start',
        dx: 5,
      }),
    ],
  };
}

export function verdictsVegaLite(verdicts: Verdicts): VegaLiteSpec {
  return vegaLiteSpec(verdictsTitle(verdicts), verdictsDescription(verdicts), {
    width: vegaLiteWidth,
    height: { step: 28 },
    data: { values: verdicts.counts },
    mark: { type: 'bar', color: palette.predicted },
    encoding: {
      x: { field: 'claims', type: 'quantitative', title: 'claims' },
      y: { field: 'verdict', type: 'nominal', title: null, sort: null },
    },
  });
}

export const verdictsFigure = (verdicts: Verdicts): Figure => ({
  name: 'claims-by-verdict',
  title: verdictsTitle(verdicts),
  description: verdictsDescription(verdicts),
  plots: [verdictsChart(verdicts)],
  vegaLite: verdictsVegaLite(verdicts),
});
