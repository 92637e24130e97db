import { describe, expect, it } from 'vitest';
import {
  closeCodes,
  CloseReason,
  closeReasonNames,
  closeReasons,
  DropReason,
  dropReasonNames,
  dropReasons,
  lossReasonNames,
  lossReasons,
  nakReasonNames,
  nakReasons,
  RefusalReason,
  refusalReasonNames,
  refusalReasons,
  refusalStatuses,
} from './outcomes.ts';

describe('outcomes', () => {
  it.each([
    ['drop reasons', dropReasons, dropReasonNames],
    ['refusal reasons', refusalReasons, refusalReasonNames],
    ['NAK reasons', nakReasons, nakReasonNames],
    ['loss reasons', lossReasons, lossReasonNames],
    ['close reasons', closeReasons, closeReasonNames],
  ])('%s: names are their keys in kebab case, one a row, each with a sentence', (_title, rows, names) => {
    const kebab = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(names).toEqual(Object.keys(rows).map(kebab));
    expect(new Set(names).size).toBe(names.length);
    for (const { text } of Object.values(rows)) expect(text).toMatch(/^[A-Z].*\.$/);
  });

  it('finds name, code and status by id', () => {
    expect(dropReasonNames[DropReason.inboxFull]).toBe('inbox-full');
    expect(refusalStatuses[RefusalReason.address]).toBe(429);
    expect(closeCodes[CloseReason.tokenExpired]).toBe(4401);
  });

  it('sends codes that an endpoint may send (RFC 6455 7.4)', () => {
    for (const code of closeCodes) {
      expect([1000, 1002, 1007, 1008, 1009, 1011, 1012].includes(code) || (code >= 4000 && code < 5000)).toBe(true);
    }
  });
});
