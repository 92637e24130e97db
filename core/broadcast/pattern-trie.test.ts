import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternTrie } from './pattern-trie.ts';
import { isPattern, matchesPattern } from './subscriptions.ts';

const token = fc.constantFrom('a', 'b', 'c', '', '>x', '*x');
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 5 }), fc.constantFrom('', '>', '*', 'a'))
  .map(([tokens, last]) => [...tokens, ...(last === '' ? [] : [last])].join('.'))
  .filter(isPattern);
const channel = fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join('.'));

describe('PatternTrie', () => {
  it('finds what a comparison with every pattern finds, whatever was set and deleted before', () => {
    let matched = 0;
    fc.assert(
      fc.property(
        fc.array(fc.record({ pattern, deletes: fc.boolean() }), { size: 'max', maxLength: 60 }),
        fc.array(channel, { size: 'max', maxLength: 20 }),
        (changes, channels) => {
          const trie = new PatternTrie<string>();
          const model = new Set<string>();
          for (const change of changes) {
            if (change.deletes) expect(trie.delete(change.pattern)).toBe(model.delete(change.pattern));
            else {
              trie.set(change.pattern, change.pattern);
              model.add(change.pattern);
            }
            expect(trie.get(change.pattern)).toBe(change.deletes ? undefined : change.pattern);
          }
          expect(trie.size).toBe(model.size);
          for (const published of channels) {
            const found: string[] = [];
            trie.match(published, found);
            matched += found.length;
            expect(found.sort()).toEqual([...model].filter((one) => matchesPattern(one, published)).sort());
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(matched).toBeGreaterThan(1_000);
  });

  it('visits no pattern that does not agree with the channel, however many there are', () => {
    const trie = new PatternTrie<number>();
    for (let index = 0; index < 50_000; index += 1) trie.set(`*.x${index}.*`, index);
    const found: number[] = [];
    expect(trie.match('token.BTC', found)).toBe(2);
    expect(trie.match('token.x7.usd', found)).toBe(4);
    expect(found).toEqual([7]);
  });

  it('keeps no node of patterns that are gone', () => {
    const trie = new PatternTrie<number>();
    trie.set('a.*.b.>', 1);
    trie.set('a.>', 2);
    expect([trie.delete('a.*.b.>'), trie.delete('a.*.b.>'), trie.delete('a.*')]).toEqual([true, false, false]);
    expect(trie.match('a.x.b.c', [])).toBe(2);
  });
});
