import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldUnit, scenarioSchema } from '#core';
import { faultKinds, fieldsAt, meantFields, withPlainNumbers } from './scenario-fields.ts';

describe('numbers with units in a scenario', () => {
  it('become what the schema takes, wherever they stand', () => {
    const written = {
      workload: {
        connections: '12k',
        messageBytes: {
          values: [
            { bytes: '1KiB', share: '20%' },
            { bytes: 500, share: 0.8 },
          ],
        },
        durationSeconds: '1h',
        churnPerHour: '30%',
        client: { roundTripMs: '300ms', linkBitsPerSecond: '100kbit/s' },
        rateCurve: [{ atSeconds: '10m', factor: '150%' }],
      },
      machine: { extends: 'e2-standard-2', memoryBytes: '64GiB', usdPerHour: '$73/month' },
      faults: [{ kind: 'rate-burst', atSeconds: '1m30s', durationSeconds: '2s', factor: '3x' }],
      fleet: { servers: '2', lost: { atSeconds: '5s' } },
    };
    expect(withPlainNumbers(written)).toEqual({
      workload: {
        connections: 12_000,
        messageBytes: {
          values: [
            { bytes: 1_024, share: 0.2 },
            { bytes: 500, share: 0.8 },
          ],
        },
        durationSeconds: 3_600,
        churnPerHour: 0.3,
        client: { roundTripMs: 300, linkBitsPerSecond: 100_000 },
        rateCurve: [{ atSeconds: 600, factor: 1.5 }],
      },
      machine: { extends: 'e2-standard-2', memoryBytes: 64 * 2 ** 30, usdPerHour: 0.1 },
      faults: [{ kind: 'rate-burst', atSeconds: 90, durationSeconds: 2, factor: 3 }],
      fleet: { servers: 2, lost: { atSeconds: 5 } },
    });
  });

  it('become ranges of numbers where they are ranges', () => {
    expect(withPlainNumbers({ workload: { durationSeconds: '1m..2m..1h', connections: '1k..many' } })).toEqual({
      workload: { durationSeconds: '60..120..3600', connections: '1k..many' },
    });
  });

  it('stay texts where a text is meant', () => {
    const texts = {
      name: '12k',
      machine: '8',
      profile: '1h',
      settings: { WS_FLUSH_INTERVAL: '100ms', WS_SHARDS: '2' },
    };
    expect(withPlainNumbers(texts)).toEqual(texts);
  });

  it('have the unit that their field’s name says', () => {
    const names = new Set<string>();
    const collect = (schema: Record<string, unknown>): void => {
      for (const [key, inner] of Object.entries(schema)) {
        if (key === 'properties') {
          for (const [name, field] of Object.entries(inner as Record<string, Record<string, unknown>>)) {
            const forms = [field, ...((field['anyOf'] as Record<string, unknown>[] | undefined) ?? [])];
            if (forms.some(({ type }) => type === 'number' || type === 'integer')) names.add(name);
          }
        }
        if (typeof inner === 'object' && inner !== null) collect(inner as Record<string, unknown>);
      }
    };
    collect(z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>);
    const counts = [...names].filter((name) => fieldUnit(name) === 'count').sort();
    // Everything else has a unit; whoever adds a field with one finds it here when its name does not say so.
    expect(counts).toEqual([
      'channels',
      'connections',
      'seed',
      'servers',
      'shards',
      'sinceSequence',
      'subscriptionsPerClient',
      'times',
      'vcpus',
      'zipf',
    ]);
  });
});

describe('names that are none', () => {
  it('lead to fields by a part, by another word, and to where the field is', () => {
    expect(meantFields(['workload'], 'rate')).toContain('ratePerSecond');
    expect(meantFields(['workload'], 'clients')).toEqual(['connections']);
    expect(meantFields(['workload'], 'rtt')).toEqual([
      'workload.client.roundTripMs',
      'workload.clientGroups.roundTripMs',
    ]);
    expect(meantFields([], 'messageBytes')).toEqual(['workload.messageBytes']);
    expect(fieldsAt(['faults', 0])).toContain('everySeconds');
    expect(faultKinds).toContain('server-restart');
  });
});
