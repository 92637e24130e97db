import { expect, it } from 'vitest';
import { besiege } from './hostile-peers.ts';

it('gives descriptors and places back after hostile peers of every kind, and serves the others meanwhile', async () => {
  const { before, during, after, received, published } = await besiege(5, 3);
  expect(during.descriptors).toBeGreaterThan(before.descriptors);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  expect(after.connections).toBe(before.connections);
  expect(received).toBe(published);
}, 40_000);
