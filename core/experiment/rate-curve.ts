/** A point of a rate curve: so many times the publish rate at that second of the load. */
export interface RatePoint {
  readonly atSeconds: number;
  readonly factor: number;
}

/**
 * How a publish rate changes over the load: a factor, linear between the points, that of the first before them and that of
 * the last after them. Times are seconds since the load began.
 */
export class RateCurve {
  #points: readonly RatePoint[];

  /** @param points in the order of their times, at least one */
  constructor(points: readonly RatePoint[]) {
    this.#points = points;
  }

  factorAt(seconds: number): number {
    const points = this.#points;
    const next = this.#nextAfter(seconds);
    if (next === 0) return points[0].factor;
    if (next === points.length) return points[next - 1].factor;
    const { atSeconds, factor } = points[next - 1];
    const share = (seconds - atSeconds) / (points[next].atSeconds - atSeconds);
    return factor + share * (points[next].factor - factor);
  }

  /** Integral of the factor over a stretch of time: seconds of the plain rate that it is worth. */
  area(fromSeconds: number, untilSeconds: number): number {
    let sum = 0;
    let at = fromSeconds;
    for (let next = this.#nextAfter(fromSeconds); at < untilSeconds; next += 1) {
      const end = Math.min(untilSeconds, this.#points[next]?.atSeconds ?? Infinity);
      sum += ((this.factorAt(at) + this.factorAt(end)) / 2) * (end - at);
      at = end;
    }
    return sum;
  }

  /** @param untilSeconds after `fromSeconds` */
  mean(fromSeconds: number, untilSeconds: number): number {
    return this.area(fromSeconds, untilSeconds) / (untilSeconds - fromSeconds);
  }

  peak(fromSeconds: number, untilSeconds: number): number {
    return this.#points
      .filter(({ atSeconds }) => atSeconds > fromSeconds && atSeconds < untilSeconds)
      .reduce(
        (most, { factor }) => Math.max(most, factor),
        Math.max(this.factorAt(fromSeconds), this.factorAt(untilSeconds)),
      );
  }

  /**
   * When the integral since `fromSeconds` reaches `area`; Infinity where the rate ends at nothing before. Messages at
   * distances of equal, or of exponentially distributed, area follow the curve exactly, as regular arrivals or as a
   * Poisson process whose rate changes (Cinlar 1975).
   */
  secondsAfter(fromSeconds: number, area: number): number {
    const points = this.#points;
    let at = fromSeconds;
    let left = area;
    for (let next = this.#nextAfter(fromSeconds); ; next += 1) {
      const factor = this.factorAt(at);
      if (next >= points.length) return factor > 0 ? at + left / factor : Infinity;
      const end = points[next].atSeconds;
      const slope = (points[next].factor - factor) / (end - at);
      const stretch = ((factor + points[next].factor) / 2) * (end - at);
      if (stretch >= left && stretch > 0) {
        // factor t + slope t^2 / 2 = left, in the form that does not subtract near equals.
        const root = Math.sqrt(Math.max(0, factor * factor + 2 * slope * left));
        return at + (2 * left) / (factor + root);
      }
      left -= stretch;
      at = end;
    }
  }

  /** Index of the first point after a time. */
  #nextAfter(seconds: number): number {
    let below = 0;
    let above = this.#points.length;
    while (below < above) {
      const middle = (below + above) >> 1;
      if (this.#points[middle].atSeconds > seconds) above = middle;
      else below = middle + 1;
    }
    return below;
  }
}
