import { InputError } from '../input-error.ts';
import type { Arguments } from './command.ts';

/** A number given as an option. @throws InputError when it is not one from `least` to `most` */
export function numberOf({ values }: Arguments, name: string, usual: number, least: number, most: number): number {
  const text = values[name];
  if (text === undefined) return usual;
  const value = Number(text);
  if (String(text).trim() !== '' && value >= least && value <= most) return value;
  throw new InputError('options', [
    {
      path: `--${name}`,
      given: String(text),
      accepted: `${least} to ${most}`,
      message: 'is not a number in this range',
    },
  ]);
}
