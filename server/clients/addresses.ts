import { BlockList, isIP, isIPv4 } from 'node:net';

/** An address of a list, with how many of its leading bits count. */
interface Range {
  readonly address: string;
  readonly prefixBits: number;
}

/**
 * One spelling for each address: without a port, brackets or zone, IPv6 in its shortest form, an IPv4 address that was
 * mapped into IPv6 as IPv4 (RFC 5952, RFC 4291 2.5.5.2).
 * @returns null when it is no address
 */
export function canonicalAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (isIP(bare) !== 6) return null;
  // The URL parser is the one that Node has: it shortens and lowers.
  const short = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = [Number.parseInt(mapped[1], 16), Number.parseInt(mapped[2], 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/**
 * The part of an address that one client can be held to: all of IPv4, the first 64 bits of IPv6, because whoever has one
 * address of a network has 2^64 of them.
 */
export function clientNetwork(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head, tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after]
    : before;
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** @returns a list of addresses and CIDR ranges by comma, or what is wrong with its first bad entry */
export function parseAddressList(text: string): BlockList | { readonly bad: string } {
  const list = new BlockList();
  for (const entry of text.split(',').map((one) => one.trim())) {
    if (entry === '') continue;
    const range = parseRange(entry);
    if (range === null) return { bad: entry };
    list.addSubnet(range.address, range.prefixBits, isIPv4(range.address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** @param address in the form of `canonicalAddress` */
export const isListed = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

function parseRange(entry: string): Range | null {
  const [text, prefix, ...rest] = entry.split('/');
  const address = canonicalAddress(text);
  if (address === null || rest.length > 0) return null;
  const bits = isIPv4(address) ? 32 : 128;
  if (prefix === undefined) return { address, prefixBits: bits };
  if (!/^\d{1,3}$/.test(prefix)) return null;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const wasMapped = bits === 32 && text.includes(':');
  const prefixBits = Number(prefix) - (wasMapped ? 96 : 0);
  return prefixBits < 0 || prefixBits > bits ? null : { address, prefixBits };
}
