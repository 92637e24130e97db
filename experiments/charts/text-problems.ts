import type { Page } from 'playwright-core';

/** A text of a drawn chart that a reader cannot read. */
export interface TextProblem {
  readonly kind: 'clipped' | 'overlapping';
  /** The text, and for two that overlap the other one. */
  readonly texts: readonly string[];
}

/** Glyphs rarely fill their box: so much of it may lie outside, or on another one, unseen. In CSS pixels. */
const slackPx = 3;

/** Texts of all charts on a page that are cut off by their chart's edge or lie on one another, as the browser draws them. */
export function textProblemsOn(page: Page): Promise<TextProblem[]> {
  return page.evaluate((slack) => {
    const problems: TextProblem[] = [];
    for (const svg of document.querySelectorAll('svg')) {
      const edge = svg.getBoundingClientRect();
      const shown = [...svg.querySelectorAll('text')]
        .filter((text) => text.textContent.trim() !== '' && getComputedStyle(text).visibility !== 'hidden')
        .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }));
      shown.forEach(({ words, box }, index) => {
        const isOutside =
          box.left < edge.left - slack ||
          box.right > edge.right + slack ||
          box.top < edge.top - slack ||
          box.bottom > edge.bottom + slack;
        if (isOutside) problems.push({ kind: 'clipped', texts: [words] });
        for (const other of shown.slice(index + 1)) {
          const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          if (across > slack && down > slack) problems.push({ kind: 'overlapping', texts: [words, other.words] });
        }
      });
    }
    return problems;
  }, slackPx);
}
