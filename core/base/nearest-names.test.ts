import { describe, expect, it } from 'vitest';
import { nearestName, nearestNames } from './nearest-names.ts';

const fields = ['connections', 'ratePerSecond', 'rateCurve', 'messageBytes', 'rampConnectionsPerSecond', 'client'];

describe('nearestNames', () => {
  it('puts slips of the finger first', () => {
    expect(nearestName('ratePerSecnd', fields)).toBe('ratePerSecond');
    expect(nearestName('conections', fields)).toBe('connections');
  });

  it('finds a name by a part of it', () => {
    expect(nearestNames('rate', fields)).toEqual(['ratePerSecond', 'rateCurve']);
    expect(nearestName('bytes', fields)).toBe('messageBytes');
    expect(nearestName('e2', ['c7i.large', 'e2-standard-2'])).toBe('e2-standard-2');
    expect(nearestName('e3', ['c7i.large', 'e2-standard-2'])).toBe('e2-standard-2');
  });

  it('always has one, and nothing that shares nothing', () => {
    expect(nearestNames('zzzzzzzz', fields)).toHaveLength(1);
    expect(nearestNames('connections', fields)[0]).toBe('connections');
  });
});
