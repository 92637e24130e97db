import { describe, expect, it } from 'vitest';
import { ask, figureAt, judge } from './ask.ts';
import { questions } from './questions.ts';

describe('the questions of a buyer', { timeout: 60_000 }, () => {
  it('are 25, each once', () => {
    expect(new Set(questions.map(({ question }) => question)).size).toBe(25);
  });

  it.each(questions.filter(({ isFast }) => isFast === true).map((one) => [one.question, one] as const))(
    '%s is answered as by hand',
    async (_, question) => {
      const { found, byHand, passed } = await ask(question);
      expect({ found, passed }, `by hand ${byHand}`).toEqual({ found, passed: true });
    },
  );

  it('fail for another figure, and for none', () => {
    const [price] = questions;
    expect(judge(price, price.byHand() * 1.01).passed).toBe(false);
    expect(judge(price, null).passed).toBe(false);
    const json = {
      list: [
        { name: 'a', value: 1 },
        { name: 'b', value: 2 },
      ],
    };
    expect(figureAt(json, 'list[name=b].value')).toBe(2);
    expect(figureAt(json, 'list[name=c].value')).toBeNull();
  });
});
