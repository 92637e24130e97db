/** The known name with the fewest edits to the given one (Levenshtein 1966). */
export function nearestName(given: string, known: readonly string[]): string {
  return nearestNames(given, known, 1)[0];
}

/**
 * Known names for a person who meant one of them, likeliest first. After a slip or two of the finger that is the nearest;
 * else those that contain what was given, or are contained in it, then by edits, and none that shares nothing with it but
 * where there is no other.
 */
export function nearestNames(given: string, known: readonly string[], most = 3): string[] {
  const wanted = given.toLowerCase();
  const ranked = known.map((name, index) => {
    const lower = name.toLowerCase();
    const edits = editDistance(wanted, lower);
    // Who writes less than a name often means its beginning.
    const beginning = 1 + editDistance(wanted, lower.slice(0, wanted.length));
    const contains = wanted.length >= 3 && (lower.includes(wanted) || (lower.length >= 3 && wanted.includes(lower)));
    const rank = edits <= slips ? edits : contains || beginning <= slips ? slips + 1 : slips + 2;
    const isNear = rank <= slips + 1 || edits <= Math.max(wanted.length, lower.length) / 2;
    return { name, index, edits: Math.min(edits, beginning), rank, isNear };
  });
  ranked.sort((left, right) => left.rank - right.rank || left.edits - right.edits || left.index - right.index);
  const [best] = ranked;
  const near = best.rank <= slips ? ranked.filter(({ rank }) => rank === best.rank) : ranked;
  return near.filter(({ isNear }, index) => index === 0 || (isNear && index < most)).map(({ name }) => name);
}

/** The question of an error: the likeliest name, and others that are as near. */
export function didYouMean([best, ...others]: readonly string[]): string {
  return `did you mean ${best}?${others.length === 0 ? '' : ` Or ${others.join(', ')}?`}`;
}

/** Edits that are slips of the finger. */
const slips = 2;

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_unused, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = previous[column - 1] + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[column] + 1, current[column - 1] + 1));
    }
    previous = current;
  }
  return previous[right.length];
}
