import type { ComparisonRow } from '#core';

/** A chart with the finding as its title. */
export function figure(title: string, chart: Element): HTMLElement {
  const element = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  caption.style.fontWeight = '600';
  const scroll = document.createElement('div');
  scroll.style.overflowX = 'auto';
  scroll.append(chart);
  element.append(caption, scroll);
  return element;
}

export function paragraph(id: string, text: string): HTMLElement {
  const element = document.createElement('p');
  element.id = id;
  element.textContent = text;
  return element;
}

/** A labelled choice among names; its value is the chosen name. */
export function choose(label: string, names: readonly string[]): HTMLElement {
  const select = document.createElement('select');
  for (const name of names) select.append(new Option(name, name));
  return labelled(label, select, () => select.value);
}

/** A labelled slider; its value is the number. */
export function slider(label: string, least: number, most: number, step: number, start: number): HTMLElement {
  const input = document.createElement('input');
  Object.assign(input, {
    type: 'range',
    min: String(least),
    max: String(most),
    step: String(step),
    value: String(start),
  });
  const shown = document.createElement('output');
  shown.textContent = input.value;
  input.addEventListener('input', () => {
    shown.textContent = input.value;
  });
  const element = labelled(label, input, () => Number(input.value));
  element.append(' ', shown);
  return element;
}

/** Predicted against measured in numbers. */
export function table(rows: readonly ComparisonRow[]): HTMLElement {
  const element = document.createElement('table');
  const head = element.createTHead().insertRow();
  for (const name of ['metric', 'unit', 'predicted', 'measured', 'error']) {
    const cell = document.createElement('th');
    cell.textContent = name;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    const error = row.errorPercent === null ? '-' : `${row.errorPercent.toFixed(1)} %`;
    for (const text of [row.metric, row.unit, digits(row.predicted), digits(row.measured), error]) {
      line.insertCell().textContent = text;
    }
  }
  return element;
}

const digits = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** An input as Observable's `view` expects it: a `value`, and `input` events that bubble. */
function labelled(label: string, input: HTMLElement, value: () => unknown): HTMLElement {
  const element = document.createElement('label');
  element.append(`${label} `, input);
  Object.defineProperty(element, 'value', { get: value });
  return element;
}
