import { channelName, decodeRequest } from '#core';
import { custom, type Option, type OptionSpec } from './option.ts';
import { countUnits, readQuantity } from './quantity.ts';

const channelsMax = 100_000;

/** By the rules of the client protocol itself. */
const isPattern = (name: string): boolean => decodeRequest(JSON.stringify({ type: 'subscribe', channels: [name] })).ok;
const isName = (name: string): boolean => isPattern(name) && !/(^|\.)[*>](\.|$)/.test(name);

/**
 * `--channels`: names, comma-separated, or a number of them, which stands for the names that scenarios use (token.0 to
 * token.4 for 5). Each name counts once.
 */
export function channelList(
  spec: Pick<OptionSpec, 'group'> & { readonly help: string; readonly patterns: boolean },
): Option<readonly string[]> {
  const accepts = spec.patterns ? isPattern : isName;
  return custom(
    {
      ...spec,
      placeholder: 'NAMES',
      default: '1',
      accepted: `${spec.patterns ? 'names or patterns such as token.BTC,news.>' : 'names such as token.BTC,token.ETH'}, or a number of channels, 1 to ${channelsMax.toLocaleString('en-US')}`,
    },
    (text) => {
      const number = readQuantity(text, countUnits);
      if (number !== null) {
        if (!Number.isInteger(number) || number < 1 || number > channelsMax) return undefined;
        return Array.from({ length: number }, (_, index) => channelName(index));
      }
      const names = text.split(',').map((name) => name.trim());
      return names.every(accepts) ? [...new Set(names)] : undefined;
    },
  );
}
