import { describe, expect, it } from 'vitest';
import { audit } from './audit.ts';

const refusal = (values: Record<string, string>): string => {
  try {
    void audit.run({ positionals: [], values });
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

describe('audit refuses', () => {
  it('an unknown verdict, and says which there are', () => {
    const message = refusal({ verdict: 'inconsistent,wrong' });
    expect(message).toContain('given:    inconsistent,wrong');
    expect(message).toContain('consistent, rounding, inconsistent, ambiguous, config, procedure, empirical');
  });
  it('a section that is in no title, and lists the titles', () => {
    expect(refusal({ section: 'nowhere' })).toContain('Cost Breakdown');
  });
  it('an unknown id, and says which is nearest', () => {
    expect(refusal({ id: 'upgrade-16' })).toContain('did you mean upgrade-166?');
  });
});
