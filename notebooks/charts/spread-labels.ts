/**
 * Moves label positions apart until each is `gap` from the next, keeping their order, and within `least` to `most` as
 * long as they fit there.
 * @returns positions in the order given
 */
export function spreadLabels(positions: readonly number[], gap: number, least: number, most: number): number[] {
  const order = positions.map((_, index) => index).sort((left, right) => positions[left] - positions[right]);
  const placed = [...positions];
  let floor = least;
  for (const index of order) {
    placed[index] = Math.max(positions[index], floor);
    floor = placed[index] + gap;
  }
  let ceiling = Math.max(most, least + (positions.length - 1) * gap);
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index], ceiling);
    ceiling = placed[index] - gap;
  }
  return placed;
}
