export interface KneePoint {
  readonly load: number;
  readonly value: number;
}

/**
 * The knee of a curve that rises ever more steeply: the point farthest below the straight line between its ends, both
 * axes scaled to 0 to 1 (Kneedle, Satopaa et al. 2011).
 * @param points by rising load
 * @returns null for fewer than three points, or a curve that is within a tenth of a straight line
 */
export function kneeOf<P extends KneePoint>(points: readonly P[]): P | null {
  if (points.length < 3) return null;
  const first = points[0];
  const last = points[points.length - 1];
  const loads = last.load - first.load;
  const values = last.value - first.value;
  if (loads <= 0 || values <= 0) return null;
  let knee: P | null = null;
  let farthest = 0.1;
  for (const point of points) {
    const below = (point.load - first.load) / loads - (point.value - first.value) / values;
    if (below > farthest) {
      farthest = below;
      knee = point;
    }
  }
  return knee;
}
