import { describe, expect, it } from 'vitest';
import { machineOffers, machines } from './machines.ts';
import { transferredProfile, transferTo } from './transfer.ts';
import { goDocumented } from './profiles/go-documented.ts';

const offer = (name: string) => machineOffers.find(({ machine }) => machine.name === name) ?? machineOffers[0];

describe('machines', () => {
  it("keeps the document's prices beside the public ones (R110 to R112, Appendix B)", () => {
    const e2 = offer('e2-standard-2');
    expect(e2.documentUsdPerHour).toBe(0.033);
    expect(e2.machine.usdPerHour).toBe(e2.listUsdPerHour);
    expect(e2.listUsdPerHour * 730).toBeCloseTo(48.9, 1);
    expect(e2.machine.networkBitsPerSecond).toBe(2e9);
  });

  it('names each machine once, and where its facts are from', () => {
    const names = machines.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { sources, machine } of machineOffers) {
      expect(sources.length).toBeGreaterThanOrEqual(3);
      for (const source of sources) expect(source).toMatch(/20\d\d-\d\d|0411d1c|CoreMark/);
      expect(machine.memoryLimitBytes).toBeLessThan(machine.memoryBytes);
    }
  });

  it('caps a card by what the provider lets out to the internet', () => {
    expect(offer('c3-standard-8').machine.networkBitsPerSecond).toBe(7e9);
    expect(offer('c7i.large').machine.networkBitsPerSecond).toBe(781e6);
  });
});

describe('a transferred profile', () => {
  it("costs the same on the document's machine, and less on a faster one", () => {
    const same = transferTo(offer('e2-standard-2'), goDocumented);
    expect([same.low, same.high]).toEqual([1, 1]);
    const faster = transferTo(offer('t2d-standard-2'), goDocumented);
    expect(faster.high).toBeLessThan(0.5);
  });

  it('is a range for a profile whose vCPU is not known exactly', () => {
    const measured = {
      ...goDocumented,
      provenance: { ...goDocumented.provenance, kind: 'measured' as const },
      relativeError: 0.1,
    };
    const { low, high } = transferTo(offer('n2-standard-2'), measured);
    expect(low).toBeCloseTo((20_024 / 17_367.5) * 0.9, 6);
    expect(high).toBeCloseTo((29_944 / 17_367.5) * 1.1, 6);
  });

  it('scales every cost of a core and nothing else', () => {
    const slower = transferredProfile({ ...goDocumented, cpu: { ...goDocumented.cpu, perWriteUserNs: 100 } }, 2);
    expect(slower.cpu.perWriteUserNs).toBe(200);
    expect(slower.cpu.perDeliveryNsByRate[0].ns).toBeCloseTo(goDocumented.cpu.perDeliveryNsByRate[0].ns * 2, 9);
    expect(slower.memory).toEqual(goDocumented.memory);
  });
});
