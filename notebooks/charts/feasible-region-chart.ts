import * as Plot from '@observablehq/plot';
import { type FeasibleBoundary, feasibleRate, type FeasibleRegion } from '#core';
import type { Figure } from './figure.ts';
import { spreadLabels } from './spread-labels.ts';
import { centredLabel, digits, frame, halo, marginBottom, palette, resourceNames, resourceStyles } from './theme.ts';
import { seriesEncoding, type VegaLiteSpec, vegaLiteSpec, vegaLiteWidth } from './vega-lite.ts';

const height = 420;

/** Title that states the finding. */
export function feasibleRegionTitle(region: FeasibleRegion): string {
  const { asked, subject } = region;
  const most = feasibleRate(region, asked.connections);
  const load = `${digits(asked.connections)} connections`;
  if (most === 0) return `${subject}: ${load} are too many at any rate: ${bindingAt(region)} is full`;
  const room =
    most === Infinity ? 'any rate fits' : `up to ${digits(most)} messages/s fit, then ${bindingAt(region)} is full`;
  return most >= asked.ratePerSecond
    ? `${subject}: with ${load} ${room} (asked for: ${digits(asked.ratePerSecond)})`
    : `${subject}: ${load} at ${digits(asked.ratePerSecond)} messages/s do not fit: ${room}`;
}

export function feasibleRegionDescription(region: FeasibleRegion): string {
  const { asked, boundaries } = region;
  const limits = boundaries.map((boundary) => {
    const rate = feasibleRate({ ...region, boundaries: [boundary] }, asked.connections);
    const name = resourceNames[boundary.resource];
    return rate === Infinity ? `${name} any` : `${name} ${digits(rate)}`;
  });
  return `The loads that fit on ${region.subject}, as connections against messages published per second. Most messages/s at ${digits(asked.connections)} connections by resource: ${limits.join(', ')}.`;
}

/** The resource that allows the least at the connections asked for. */
function bindingAt(region: FeasibleRegion): string {
  const [least] = region.boundaries
    .map((boundary) => ({
      boundary,
      rate: feasibleRate({ ...region, boundaries: [boundary] }, region.asked.connections),
    }))
    .sort((left, right) => left.rate - right.rate);
  return resourceNames[least.boundary.resource];
}

interface Row {
  readonly connections: number;
  readonly ratePerSecond: number;
}

/** The part of a boundary that is inside the frame: from where it enters at the top to where it leaves. */
function lineOf({ points }: FeasibleBoundary, most: number): Row[] {
  const inside = points.findIndex(({ ratePerSecond }) => ratePerSecond < most);
  if (inside === -1) return [];
  const start = points[Math.max(0, inside - 1)];
  const entry = points[inside];
  const share =
    start.ratePerSecond === Infinity || start === entry
      ? 1
      : (start.ratePerSecond - most) / (start.ratePerSecond - entry.ratePerSecond);
  const enters = start.connections + Math.max(0, share) * (entry.connections - start.connections);
  const below = points.slice(inside);
  const end = below.findIndex(({ ratePerSecond }) => ratePerSecond <= 0);
  return [
    ...(inside === 0 ? [] : [{ connections: enters, ratePerSecond: most }]),
    ...(end === -1 ? below : below.slice(0, end + 1)),
  ];
}

/** Loads that fit are shaded; each resource's boundary is a line, the scenario's own load a point. */
export function feasibleRegionChart(region: FeasibleRegion): Plot.PlotOptions {
  const { asked, connectionsMost, ratePerSecondMost } = region;
  const lines = region.boundaries
    .map(({ resource, points }) => ({
      resource,
      rows: lineOf({ resource, points }, ratePerSecondMost),
      holds: Math.max(...points.filter((point) => point.ratePerSecond > 0).map((point) => point.connections)),
    }))
    .filter(({ rows }) => rows.length > 0);
  const columns = [
    ...new Set(region.boundaries.flatMap(({ points }) => points.map((point) => point.connections))),
  ].sort((left, right) => left - right);
  const area = [1, ...columns].map((connections) => ({
    connections,
    ratePerSecond: Math.min(ratePerSecondMost, feasibleRate(region, connections)),
  }));
  // A line that reaches the right edge is labelled there, one that ends on the way where it enters at the top.
  const atRight = lines.filter(({ rows }) => rows[rows.length - 1].ratePerSecond > 0);
  const atTop = lines
    .filter(({ rows }) => rows[rows.length - 1].ratePerSecond <= 0)
    .sort((left, right) => left.rows[0].connections - right.rows[0].connections);
  const places = spreadLabels(
    atRight.map(({ rows }) => rows[rows.length - 1].ratePerSecond),
    (ratePerSecondMost * 17) / (height - 100),
    0,
    ratePerSecondMost,
  );
  const fits = feasibleRate(region, asked.connections) >= asked.ratePerSecond;
  return {
    ...frame,
    height,
    marginLeft: 60,
    marginRight: 120,
    marginTop: 28 + 16 * atTop.length,
    marginBottom,
    ariaLabel: feasibleRegionTitle(region),
    ariaDescription: feasibleRegionDescription(region),
    x: { ...centredLabel, label: 'connections', domain: [0, connectionsMost], grid: true },
    y: { label: '↑ messages published per second', domain: [0, ratePerSecondMost], grid: true },
    marks: [
      Plot.areaY(area, { x: 'connections', y: 'ratePerSecond', fill: palette.fine, fillOpacity: 0.16 }),
      ...lines.map(({ resource, rows }) =>
        Plot.line(rows, {
          x: 'connections',
          y: 'ratePerSecond',
          stroke: resourceStyles[resource].color,
          strokeDasharray: resourceStyles[resource].dash || 'none',
          strokeWidth: 2.5,
        }),
      ),
      Plot.text(atRight, {
        x: connectionsMost * 1.015,
        y: (_: unknown, index: number) => places[index],
        text: ({ resource }: FeasibleBoundary) => resourceNames[resource],
        textAnchor: 'start',
      }),
      ...atTop.flatMap(({ resource, rows, holds }, index) => [
        Plot.text([rows[0]], {
          x: 'connections',
          frameAnchor: 'top',
          lineAnchor: 'bottom',
          dy: -4 - 16 * (atTop.length - 1 - index),
          text: () => `${resourceNames[resource]}: ${digits(holds)}`,
          textAnchor: rows[0].connections > connectionsMost * 0.95 ? 'end' : 'start',
        }),
      ]),
      Plot.text([{}], {
        x: connectionsMost * 0.02,
        y: ratePerSecondMost * 0.04,
        text: () => 'fits',
        textAnchor: 'start',
        fontStyle: 'italic',
        ...halo,
      }),
      Plot.dot([asked], {
        x: 'connections',
        y: 'ratePerSecond',
        r: 6,
        symbol: fits ? 'circle' : 'times',
        fill: fits ? 'currentColor' : 'none',
        stroke: 'currentColor',
        strokeWidth: 3,
      }),
      Plot.text([asked], {
        x: 'connections',
        y: 'ratePerSecond',
        text: () =>
          `asked for: ${digits(asked.connections)} x ${digits(asked.ratePerSecond)}${fits ? '' : ', does not fit'}`,
        textAnchor: 'end',
        dx: -12,
        fontWeight: 'bold',
        ...halo,
      }),
    ],
  };
}

export function feasibleRegionVegaLite(region: FeasibleRegion): VegaLiteSpec {
  const { asked, connectionsMost, ratePerSecondMost } = region;
  const lines = region.boundaries.map((boundary) => ({ ...boundary, rows: lineOf(boundary, ratePerSecondMost) }));
  const names = lines.map(({ resource }) => resourceNames[resource]);
  const styles = lines.map(({ resource }) => resourceStyles[resource]);
  const x = {
    field: 'connections',
    type: 'quantitative',
    title: 'connections',
    scale: { domain: [0, connectionsMost] },
  };
  const y = {
    field: 'ratePerSecond',
    type: 'quantitative',
    title: 'messages published per second',
    scale: { domain: [0, ratePerSecondMost] },
  };
  const steps = 60;
  const area = Array.from({ length: steps }, (_, step) => {
    const connections = Math.max(1, Math.round((connectionsMost * step) / (steps - 1)));
    return { connections, ratePerSecond: Math.min(ratePerSecondMost, feasibleRate(region, connections)) };
  });
  return vegaLiteSpec(feasibleRegionTitle(region), feasibleRegionDescription(region), {
    width: vegaLiteWidth,
    height: height - 80,
    layer: [
      { data: { values: area }, mark: { type: 'area', color: palette.fine, opacity: 0.16 }, encoding: { x, y } },
      {
        data: {
          values: lines.flatMap(({ resource, rows }) =>
            rows.map((row) => ({ ...row, resource: resourceNames[resource] })),
          ),
        },
        mark: { type: 'line', strokeWidth: 2.5 },
        encoding: { x, y, ...seriesEncoding('resource', names, styles) },
      },
      {
        data: { values: [asked] },
        mark: { type: 'point', filled: true, size: 110, color: 'black' },
        encoding: { x, y },
      },
    ],
  });
}

export const feasibleRegionFigure = (region: FeasibleRegion): Figure => ({
  name: 'feasible-region',
  title: feasibleRegionTitle(region),
  description: feasibleRegionDescription(region),
  plots: [feasibleRegionChart(region)],
  vegaLite: feasibleRegionVegaLite(region),
});
