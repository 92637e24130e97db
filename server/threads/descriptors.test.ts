import { describe, expect, it } from 'vitest';
import { planDescriptors, readDescriptors } from './descriptors.ts';

describe('planDescriptors', () => {
  const asked = { connectionsMax: 12_000, shards: 2 };

  it('leaves WS_MAX_CONNECTIONS where the limit is high enough, and room for a burst of handshakes', () => {
    expect(planDescriptors({ limit: 65_536, open: 40 }, asked)).toEqual({
      connectionsMax: 12_000,
      pendingSocketsMax: 2_048,
    });
    expect(planDescriptors(null, asked)).toEqual({ connectionsMax: 12_000, pendingSocketsMax: 2_048 });
  });

  it('admits fewer connections than asked where they do not fit, never more than the limit holds in all', () => {
    for (let limit = 0; limit < 20_000; limit += 7) {
      const { connectionsMax, pendingSocketsMax } = planDescriptors({ limit, open: 40 }, asked);
      expect(connectionsMax).toBeLessThanOrEqual(12_000);
      expect(pendingSocketsMax).toBeGreaterThanOrEqual(32);
      if (connectionsMax > 0) expect(40 + 32 + 24 + connectionsMax + 2 * pendingSocketsMax).toBeLessThanOrEqual(limit);
    }
    expect(planDescriptors({ limit: 40 + 32 + 24 + 64, open: 40 }, asked).connectionsMax).toBe(0);
    expect(planDescriptors({ limit: 40 + 32 + 24 + 65, open: 40 }, asked).connectionsMax).toBe(1);
  });

  it('is given what the kernel says of this process', () => {
    const descriptors = readDescriptors();
    if (process.platform === 'linux') expect(descriptors?.open).toBeGreaterThan(2);
  });
});
