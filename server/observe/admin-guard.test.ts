import { describe, expect, it } from 'vitest';
import { adminRefusal } from './admin-guard.ts';

const reads = (headers: Record<string, string>) => adminRefusal(headers, false, 'secret');
const changes = (headers: Record<string, string>, token = '') =>
  adminRefusal({ host: '127.0.0.1:9102', ...headers }, true, token);

describe('adminRefusal', () => {
  it.each([
    '127.0.0.1:9102',
    '[::1]:9102',
    'localhost:9102',
    'server-a:9102',
    'fanout.live.svc.cluster.local',
    '10.0.0.7',
  ])('lets %s be asked', (host) => {
    expect(reads({ host })).toBeNull();
  });

  it.each(['evil.example', 'evil.example:9102', '127.0.0.1.evil.example', 'localhost.evil.example', ''])(
    'refuses a page that made its own name (%s) point here',
    (host) => {
      expect(reads({ host })).toContain('Host: ');
    },
  );

  it.each([
    [{ origin: 'https://evil.example' }, 'Origin'],
    [{ origin: 'null' }, 'Origin'],
    [{ origin: 'http://127.0.0.1:8080' }, 'Origin'],
    [{ 'sec-fetch-site': 'cross-site' }, 'Sec-Fetch-Site'],
    [{ 'sec-fetch-site': 'same-site' }, 'Sec-Fetch-Site'],
  ])('refuses to change anything for a page from elsewhere: %j', (headers, named) => {
    expect(changes(headers as unknown as Record<string, string>)).toContain(named);
  });

  it('lets programs and its own pages change things, with the token where one is set', () => {
    expect(changes({})).toBeNull();
    expect(changes({ origin: 'http://127.0.0.1:9102', 'sec-fetch-site': 'same-origin' })).toBeNull();
    expect(changes({ authorization: 'Bearer secret' }, 'secret')).toBeNull();
    for (const authorization of ['', 'Bearer', 'Bearer Secret', 'Bearer secretx', 'Basic secret']) {
      expect(changes({ authorization }, 'secret')).toContain('WS_ADMIN_TOKEN');
    }
  });
});
