import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokenCheck } from './tokens.ts';

const jwtSecret = 'a secret of enough length for HS256';
const plain = {
  jwtSecret,
  jwtPublicKeyFile: '',
  jwtAudience: '',
  jwtIssuer: '',
  jwtExpiry: 'optional' as const,
};
const sign = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(jwtSecret));
const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;

describe('createTokenCheck', () => {
  it("takes a token of another service's only where no audience or issuer is asked for", async () => {
    const check = async (settings: Partial<typeof plain>, claims: Record<string, unknown>) =>
      (await (await createTokenCheck({ ...plain, ...settings }))?.(await sign(claims))) !== null;
    expect(await check({}, { aud: 'other' })).toBe(true);
    expect(await check({ jwtAudience: 'fanout' }, { aud: 'other' })).toBe(false);
    expect(await check({ jwtAudience: 'fanout' }, {})).toBe(false);
    expect(await check({ jwtAudience: 'fanout' }, { aud: ['other', 'fanout'] })).toBe(true);
    expect(await check({ jwtIssuer: 'https://id.example' }, { iss: 'https://evil.example' })).toBe(false);
    expect(await check({ jwtIssuer: 'https://id.example' }, { iss: 'https://id.example' })).toBe(true);
  });

  it('asks for exp where it is required', async () => {
    const check = await createTokenCheck({ ...plain, jwtExpiry: 'required' } as never);
    expect(await check?.(await sign({}))).toBeNull();
    expect(await check?.(await sign({ exp: inAnHour }))).not.toBeNull();
  });

  it('refuses a key of fewer than 256 bits, at 31 bytes and not at 32, and names a file that cannot be read', async () => {
    await expect(createTokenCheck({ ...plain, jwtSecret: 'x'.repeat(31) })).rejects.toThrow('WS_JWT_SECRET: given 31');
    await expect(createTokenCheck({ ...plain, jwtSecret: 'x'.repeat(32) })).resolves.not.toBeNull();
    await expect(createTokenCheck({ ...plain, jwtSecret: '', jwtPublicKeyFile: '/nope.pem' })).rejects.toThrow(
      'WS_JWT_PUBLIC_KEY=/nope.pem: cannot be read',
    );
  });
});
