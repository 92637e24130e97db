import { afterEach, expect, it, vi } from 'vitest';
import { preflight } from './preflight.ts';

const profile = new URL('../../../server/deploy/env/optimized.env', import.meta.url).pathname;

afterEach(() => vi.unstubAllEnvs());

it('refuses a profile that refers to a variable which is not set, as the server will', async () => {
  vi.stubEnv('BACKEND_INTERNAL_IP', undefined);
  const run = async (): Promise<number> => preflight.run({ positionals: [], values: { 'env-file': profile } });
  await expect(run()).rejects.toThrow('BACKEND_INTERNAL_IP, which is not set');
});
