import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, clientNetwork, isListed, parseAddressList } from './addresses.ts';
import { OriginList } from './origins.ts';

describe('canonicalAddress', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3:4711', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:0a01:0203', '10.1.2.3'],
    ['[2001:DB8:0:0:0:0:0:1]:443', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['localhost', null],
    ['unknown', null],
    ['10.1.2', null],
    ['', null],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  it('holds a client of IPv6 to its /64', () => {
    expect(['10.1.2.3', '2001:db8::1', '2001:db8::2:3:4:5', '::1'].map(clientNetwork)).toEqual([
      '10.1.2.3',
      '2001:db8:0:0::/64',
      '2001:db8:0:0::/64',
      '0:0:0:0::/64',
    ]);
    expect(clientNetwork('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  });
});

describe('parseAddressList', () => {
  it('takes addresses and ranges of both kinds', () => {
    const list = parseAddressList('127.0.0.0/8, 10.1.2.3, 2001:db8::/32, ::ffff:192.168.0.0/112');
    if (!(list instanceof BlockList)) throw new Error(`refused ${list.bad}`);
    const listed = ['127.9.9.9', '10.1.2.3', '2001:db8:1::1', '192.168.3.4', '10.1.2.4', '192.169.0.1', '2001:db9::1'];
    expect(listed.map((address) => isListed(list, address))).toEqual([true, true, true, true, false, false, false]);
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.1/8/9', 'not an address'])('refuses %s', (entry) => {
    expect(parseAddressList(`127.0.0.1, ${entry}`)).toEqual({ bad: entry });
  });
});

describe('OriginList', () => {
  const allows = (list: string, origin: string | undefined): boolean => {
    const parsed = OriginList.parse(list);
    if (!(parsed instanceof OriginList)) throw new Error(`refused ${parsed.bad}`);
    return parsed.allows(origin);
  };

  it.each([
    ['https://app.example', 'https://app.example', true],
    ['https://App.Example/', 'https://app.example', true],
    ['https://app.example:443', 'https://app.example', true],
    ['https://app.example', 'http://app.example', false],
    ['https://app.example', 'https://app.example:8443', false],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://badexample.com', false],
    ['https://*.example.com', 'http://a.example.com', false],
    ['https://a.example', 'null', false],
    ['https://a.example', undefined, true],
    ['', 'https://anything.example', true],
  ])('%s and a browser of %s: %s', (list, origin, expected) => {
    expect(allows(list, origin)).toBe(expected);
  });

  it.each(['example.com', '*', 'https://a.example/path', 'ws://a.example', 'https://*', 'https://a*.example'])(
    'refuses %s, which no browser would match',
    (entry) => {
      expect(OriginList.parse(`https://a.example,${entry}`)).toEqual({ bad: entry });
    },
  );
});
