import { RandomStream } from '#sim';
import { parseDocument } from 'yaml';
import { InputError } from '../input-error.ts';

export type FieldValue = string | number | boolean | null;

/** The varied fields of one point, by path, in the order in which they were given. */
export type PointFields = Readonly<Record<string, FieldValue>>;

/** One varied field: the values of a list, or a range whose ends belong to it. */
export type Axis =
  | { readonly path: string; readonly kind: 'list'; readonly values: readonly FieldValue[] }
  | {
      readonly path: string;
      readonly kind: 'range';
      readonly from: number;
      readonly to: number;
      /** null: anything between the ends, for random designs. */
      readonly step: number | null;
      /** Only whole numbers: both ends and the step are written as such. */
      readonly whole: boolean;
      /** Written after each number, as `ms` in `10ms..100ms`. */
      readonly unit: string;
    };

/** All combinations of the axes' values, or a number of points drawn from them. */
export type Design =
  | { readonly kind: 'grid'; readonly axes: readonly Axis[] }
  | {
      readonly kind: 'random';
      readonly axes: readonly Axis[];
      readonly points: number;
      /** Latin hypercube (McKay, Beckman, Conover 1979): each axis in as many strata as there are points, one point in each. */
      readonly sampling: 'latin-hypercube' | 'uniform';
      readonly seed: number;
    };

export const pointsMost = 1_000_000;
const accepted = 'path=1,2,3 or path=10..100:10, with --random also path=10..100';
const significantDigits = 12;

/** Reads one `--vary`. @throws InputError */
export function parseAxis(text: string): Axis {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1) throw refused(text, text, 'has no path or no values');
  const path = text.slice(0, equals);
  const given = text.slice(equals + 1);
  if (given.includes('..')) return parseRange(path, given);
  const values = given.split(',').map((value): FieldValue => {
    const parsed: unknown = parseDocument(value).toJS();
    if (value.trim() === '' || (typeof parsed === 'object' && parsed !== null))
      throw refused(path, given, `${value === '' ? 'an empty value' : value} is not a value`);
    return parsed as FieldValue;
  });
  if (new Set(values).size < values.length) throw refused(path, given, 'has a value twice');
  return { path, kind: 'list', values };
}

const number = String.raw`([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-zA-Z%]*)`;
const rangeForm = new RegExp(`^${number}\\.\\.${number}(?::${number})?$`);

function parseRange(path: string, given: string): Axis {
  const match = rangeForm.exec(given);
  if (match === null) throw refused(path, given, 'is not a range');
  const [, fromText, fromUnit, toText, toUnit, stepText, stepUnit] = match;
  if (fromUnit !== toUnit || (stepUnit ?? fromUnit) !== fromUnit)
    throw refused(path, given, 'needs the same unit at both ends and in the step');
  const from = Number(fromText);
  const to = Number(toText);
  const step = stepText === undefined ? null : Number(stepText);
  if (!(from < to)) throw refused(path, given, 'must go from less to more');
  if (step !== null && !(step > 0)) throw refused(path, given, 'needs a step above 0');
  const whole = [fromText, toText, stepText ?? '1'].every((written) => /^[+-]?\d+$/.test(written));
  return { path, kind: 'range', from, to, step, whole, unit: fromUnit };
}

/** How many points a design has. @throws InputError for a range without a step in a grid, and for too many points */
export function sizeOf(design: Design): number {
  const size =
    design.kind === 'random' ? design.points : design.axes.reduce((product, axis) => product * lengthOf(axis), 1);
  if (size <= pointsMost) return size;
  throw new InputError('sweep', [
    {
      path: '--vary',
      given: `${size.toLocaleString('en-US')} points`,
      accepted: `at most ${pointsMost.toLocaleString('en-US')} points`,
      message: 'is too large a design; use larger steps, or --random N',
    },
  ]);
}

/** The design's points in their order: of a grid the last axis changes fastest. The same design gives the same points. */
export function pointsOf(design: Design): PointFields[] {
  return design.kind === 'grid' ? gridPoints(design.axes) : randomPoints(design);
}

function gridPoints(axes: readonly Axis[]): PointFields[] {
  let points: PointFields[] = [{}];
  for (const axis of axes) {
    const values = gridValues(axis);
    points = points.flatMap((point) => values.map((value) => ({ ...point, [axis.path]: value })));
  }
  return points;
}

function randomPoints({ axes, points, sampling, seed }: Extract<Design, { kind: 'random' }>): PointFields[] {
  const columns = axes.map((axis) => {
    // A stream for each field: another field more or less leaves the rest as it was.
    const random = new RandomStream(seed, `sweep ${axis.path}`, 0);
    const strata = Array.from({ length: points }, (_unused, index) => index);
    if (sampling === 'latin-hypercube') shuffle(strata, random);
    return strata.map((stratum) =>
      valueAt(axis, sampling === 'uniform' ? random.nextUnit() : (stratum + random.nextUnit()) / points),
    );
  });
  return Array.from({ length: points }, (_unused, index) =>
    Object.fromEntries(axes.map(({ path }, axis) => [path, columns[axis][index]])),
  );
}

/** The value at a share in [0, 1) of an axis. */
function valueAt(axis: Axis, share: number): FieldValue {
  if (axis.kind === 'list') return axis.values[Math.floor(share * axis.values.length)];
  const { from, to, step, whole } = axis;
  if (step !== null) return written(axis, from + Math.floor(share * (stepsOf(axis) + 1)) * step);
  return written(axis, whole ? from + Math.floor(share * (to - from + 1)) : from + share * (to - from));
}

function lengthOf(axis: Axis): number {
  if (axis.kind === 'list') return axis.values.length;
  const { path, from, to, step, unit } = axis;
  if (step === null)
    throw refused(path, `${from}${unit}..${to}${unit}`, 'needs a step in a grid, or --random N for points between');
  return stepsOf(axis) + 1;
}

function gridValues(axis: Axis): readonly FieldValue[] {
  if (axis.kind === 'list') return axis.values;
  const { from, step } = axis;
  return Array.from({ length: lengthOf(axis) }, (_unused, index) => written(axis, from + index * (step ?? 0)));
}

/** Whole steps from one end of a range to the other, as numbers are written: 0.1..0.3:0.1 has two. */
const stepsOf = ({ from, to, step }: Extract<Axis, { kind: 'range' }>): number =>
  Math.floor(tidy((to - from) / (step ?? 1)));

const tidy = (value: number): number => Number(value.toPrecision(significantDigits));

const written = ({ unit }: Extract<Axis, { kind: 'range' }>, value: number): FieldValue =>
  unit === '' ? tidy(value) : `${tidy(value)}${unit}`;

/** Fisher and Yates (Durstenfeld 1964). */
function shuffle(values: number[], random: RandomStream): void {
  for (let index = values.length - 1; index > 0; index -= 1) {
    const other = random.uniformInteger(index + 1);
    [values[index], values[other]] = [values[other], values[index]];
  }
}

const refused = (path: string, given: string, message: string): InputError =>
  new InputError('--vary', [{ path, given, accepted, message }]);
