import { describe, expect, it } from 'vitest';
import { parseSettings } from '#core';
import { checkSettings } from './check-settings.ts';
import { SettingError } from './setting-error.ts';

const check = async (values: Record<string, string>): Promise<void> => {
  const parsed = parseSettings(values);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  await checkSettings(parsed.settings);
};

describe('checkSettings', () => {
  it.each([
    ['WS_TLS_CERT=/nope.pem', { WS_TLS_CERT: '/nope.pem', WS_TLS_KEY: '/nope.key' }],
    ['WS_TLS_CERT=package.json', { WS_TLS_CERT: 'package.json', WS_TLS_KEY: 'package.json' }],
    ['WS_JWT_PUBLIC_KEY=package.json', { WS_JWT_PUBLIC_KEY: 'package.json' }],
    ['WS_JWT_SECRET', { WS_JWT_SECRET: 'a' }],
    ['WS_PROFILE=/nope.json', { WS_PROFILE: '/nope.json' }],
    ['WS_TRUSTED_PROXIES: given localhost', { WS_TRUSTED_PROXIES: '127.0.0.1,localhost' }],
    ['WS_ALLOWED_ORIGINS: given example.com', { WS_ALLOWED_ORIGINS: 'example.com' }],
  ])('names %s before anything starts', async (named, values) => {
    await expect(check(values)).rejects.toThrow(SettingError);
    await expect(check(values)).rejects.toThrow(named);
  });

  it('has nothing to say about the defaults', async () => {
    await check({});
  });
});
