import { type ResolvedScenario, type Transfer, withCostFactor } from '#core';
import { loadProfiles } from '../profiles.ts';
import { refuseFleet, resolveFields, setField } from '../scenario-file.ts';
import { InputError } from '../input-error.ts';

/** An input that is not known exactly: uniform from `low` to `high`, or a triangle whose peak is `mode`. */
export interface UncertainInput {
  /** Path in the scenario, such as `workload.ratePerSecond`; or `profile.cpu`, the factor on the measured profile's CPU costs. */
  readonly path: string;
  readonly low: number;
  readonly mode: number | null;
  readonly high: number;
}

/** Path of the profile's transfer to the machine, its own error included: a factor on all its CPU costs. */
export const profilePath = 'profile.cpu';

/** A scenario with ranges in it, and the same with values in their place. */
export interface UncertainScenario {
  readonly name: string;
  readonly inputs: readonly UncertainInput[];
  /** @param values by path; what is not given is at its middle */
  at(values: Readonly<Record<string, number>>): ResolvedScenario;
}

const number = String.raw`(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const rangeForm = new RegExp(`^\\s*${number}\\s*\\.\\.\\s*${number}(?:\\s*\\.\\.\\s*${number})?\\s*$`, 'i');

/** `25..35` or, with the likeliest in the middle, `25..28..35`; null for what is no range. */
export function parseRange(text: string): Omit<UncertainInput, 'path'> | null {
  const match = rangeForm.exec(text);
  if (match === null) return null;
  const values = match.slice(1).flatMap((value) => (value === undefined ? [] : [Number(value)]));
  return { low: values[0], mode: values.length === 3 ? values[1] : null, high: values[values.length - 1] };
}

/**
 * Finds the ranges in a scenario's fields and adds the range of the profile's transfer to the machine.
 * @throws InputError for a range that ends below its beginning
 */
export function uncertainScenario(raw: Readonly<Record<string, unknown>>, file: string): UncertainScenario {
  const inputs: UncertainInput[] = [];
  const fields = structuredClone(raw) as Record<string, unknown>;
  collect(fields, '', (path, range) => {
    if (range.low > range.high || (range.mode !== null && (range.mode < range.low || range.mode > range.high))) {
      const given = [range.low, range.mode, range.high].filter((value) => value !== null).join('..');
      throw new InputError(file, [
        { path, given, accepted: 'low..high or low..likeliest..high', message: 'does not ascend' },
      ]);
    }
    inputs.push({ path, ...range });
  });
  const profiles = loadProfiles();
  const resolvedAt = (values: Readonly<Record<string, number>>): ResolvedScenario => {
    const filled = structuredClone(fields);
    for (const input of inputs) {
      if (input.path === profilePath) continue;
      setField(filled, input.path, fitted(input, values[input.path] ?? middleOf(input)));
    }
    return resolveFields(filled, file, profiles).resolved;
  };
  const middle = resolvedAt({});
  refuseFleet(middle, file);
  const { transfer, scenario } = middle;
  if (transfer.low < transfer.high) inputs.push(transferInput(transfer));
  return {
    name: scenario.description || scenario.name,
    inputs,
    at: (values) => {
      const resolved = resolvedAt(values);
      const factor = values[profilePath];
      return factor === undefined ? resolved : withCostFactor(resolved, factor);
    },
  };
}

const transferInput = ({ low, middle, high }: Transfer): UncertainInput => ({
  path: profilePath,
  low,
  mode: middle,
  high,
});

/** A range between whole numbers speaks of whole numbers: of clients, bytes, shards. */
const fitted = ({ path, low, high }: UncertainInput, value: number): number =>
  Number.isInteger(low) && Number.isInteger(high) && !path.endsWith('PerSecond') ? Math.round(value) : value;

export const middleOf = ({ low, mode, high }: UncertainInput): number => mode ?? (low + high) / 2;

/** The value below which the input lies with probability `share`. */
export function quantileOf({ low, mode, high }: UncertainInput, share: number): number {
  if (mode === null || low === high) return low + share * (high - low);
  const atMode = (mode - low) / (high - low);
  return share < atMode
    ? low + Math.sqrt(share * (high - low) * (mode - low))
    : high - Math.sqrt((1 - share) * (high - low) * (high - mode));
}

function collect(
  value: unknown,
  path: string,
  found: (path: string, range: Omit<UncertainInput, 'path'>) => void,
): void {
  if (typeof value === 'string') {
    const range = parseRange(value);
    if (range !== null) found(path, range);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) collect(entry, path === '' ? key : `${path}.${key}`, found);
}

/** Whether any field of a scenario is a range. */
export function hasRanges(raw: Readonly<Record<string, unknown>>): boolean {
  let found = false;
  collect(raw, '', () => {
    found = true;
  });
  return found;
}
