/** A number to set with a slider or to type in. */
export interface NumberField {
  readonly kind: 'number';
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly start: number;
}

export interface ChoiceField {
  readonly kind: 'choice';
  readonly name: string;
  readonly label: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  readonly start: string;
}

export interface CheckField {
  readonly kind: 'check';
  readonly name: string;
  readonly label: string;
  readonly start: boolean;
}

export type Field = NumberField | ChoiceField | CheckField;
export type FormValues = Readonly<Record<string, number | string | boolean>>;
/** An input as Observable's `view` expects it: a `value`, and `input` events that bubble. */
export type Form = HTMLElement & { readonly value: FormValues };

/** Browsers refuse too many changes of the address in a short time. */
const addressDelayMs = 200;

/**
 * Labelled inputs, all of them usable by keyboard. Their state stands in the page's address, so that a link shares it;
 * what an address gives and a field does not accept is said at the field, which keeps its start.
 */
export function form(label: string, fields: readonly Field[]): Form {
  const element = document.createElement('form');
  element.className = 'form';
  element.setAttribute('aria-label', label);
  element.addEventListener('submit', (event) => event.preventDefault());
  const inputs = fields.map((field) => inputOf(field, element));
  const readAddress = (): void => {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const { field, set, complain } of inputs) {
      const text = given.get(field.name);
      const value = text === null ? field.start : accepted(field, text);
      set(value ?? field.start);
      if (value === null && text !== null) complain?.(text);
    }
  };
  readAddress();
  addEventListener('hashchange', () => {
    readAddress();
    element.dispatchEvent(new Event('input', { bubbles: true }));
  });
  let timer = 0;
  element.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(null, '', addressOf(fields, valueOf())), addressDelayMs);
  });
  const valueOf = (): FormValues => Object.fromEntries(inputs.map(({ field, get }) => [field.name, get()]));
  Object.defineProperty(element, 'value', { get: valueOf });
  return element as unknown as Form;
}

/** The part of the address after `#`: what differs from the start. */
export function addressOf(fields: readonly Field[], values: FormValues): string {
  const changed = fields.filter(({ name, start }) => values[name] !== start);
  return `#${new URLSearchParams(changed.map(({ name }) => [name, String(values[name])])).toString()}`;
}

/** What a text in an address means to a field, or null where the field does not accept it. */
export function accepted(field: Field, text: string): number | string | boolean | null {
  if (field.kind === 'check') return text === 'true' ? true : text === 'false' ? false : null;
  if (field.kind === 'choice') return field.choices.some(({ value }) => value === text) ? text : null;
  const value = Number(text);
  const fits = text !== '' && value >= field.least && value <= field.most;
  return fits && (!isWhole(field) || Number.isInteger(value)) ? value : null;
}

/** Fields whose slider moves by whole numbers count things; a rate may lie between. */
const isWhole = ({ step, unit }: NumberField): boolean =>
  Number.isInteger(step) && unit !== 'per second' && unit !== 'ms';
const bound = (value: number): string => value.toLocaleString('en-US');

interface Input {
  readonly field: Field;
  readonly get: () => number | string | boolean;
  readonly set: (value: number | string | boolean) => void;
  /** Says at the field that a text in the address means nothing to it; absent where the field has no room for it. */
  readonly complain?: (text: string) => void;
}

function inputOf(field: Field, into: HTMLElement): Input {
  const box = document.createElement('div');
  box.className = `field ${field.kind}`;
  into.append(box);
  const label = document.createElement('label');
  label.htmlFor = `field-${field.name}`;
  label.textContent = field.label;
  if (field.kind === 'number') return numberInput(field, box, label);
  if (field.kind === 'choice') {
    const select = document.createElement('select');
    select.id = label.htmlFor;
    for (const { value, label: text } of field.choices) select.append(new Option(text, value));
    const message = document.createElement('output');
    message.className = 'invalid';
    select.addEventListener('input', () => (message.textContent = ''));
    box.append(label, select, message);
    const complain = (text: string): void => {
      message.textContent = `There is no ${text} here. The page shows ${select.value}.`;
    };
    const set = (value: number | string | boolean): void => {
      select.value = String(value);
      message.textContent = '';
    };
    return { field, get: () => select.value, set, complain };
  }
  const check = document.createElement('input');
  check.type = 'checkbox';
  check.id = label.htmlFor;
  box.append(check, label);
  return { field, get: () => check.checked, set: (value) => (check.checked = value === true) };
}

function numberInput(field: NumberField, box: HTMLElement, label: HTMLLabelElement): Input {
  const bounds = { min: String(field.least), max: String(field.most), step: String(field.step) };
  const slider = Object.assign(document.createElement('input'), { type: 'range', ...bounds, id: label.htmlFor });
  const exact = Object.assign(document.createElement('input'), { type: 'number', ...bounds, step: 'any' });
  exact.setAttribute('aria-label', `${field.label}, typed in`);
  if (field.unit !== '') label.append(`, ${field.unit}`);
  let value = field.start;
  slider.addEventListener('input', () => {
    value = Number(slider.value);
    exact.value = slider.value;
  });
  exact.addEventListener('input', (event) => {
    const given = accepted(field, exact.value);
    complain(given === null ? exact.value : null);
    if (given === null) return event.stopPropagation();
    value = Number(given);
    slider.value = String(given);
  });
  const message = document.createElement('output');
  message.className = 'invalid';
  message.id = `${label.htmlFor}-invalid`;
  exact.setAttribute('aria-describedby', message.id);
  /** What was given and is not accepted; null takes the complaint back. */
  const complain = (text: string | null): void => {
    exact.setAttribute('aria-invalid', String(text !== null));
    const { least, most } = field;
    message.textContent =
      text === null
        ? ''
        : `${text === '' ? 'nothing given' : `${text} is not accepted`}: ${bound(least)} to ${bound(most)}${isWhole(field) ? ', whole' : ''}. The page shows ${bound(value)}.`;
  };
  box.append(label, slider, exact, message);
  const set = (next: number | string | boolean): void => {
    value = Number(next);
    slider.value = String(next);
    exact.value = String(next);
    complain(null);
  };
  return { field, get: () => value, set, complain };
}

/** A single choice outside a form; its value is the chosen one. */
export function choose(
  label: string,
  choices: readonly { readonly value: string; readonly label: string }[],
): HTMLElement {
  const box = document.createElement('div');
  box.className = 'field row';
  const text = document.createElement('label');
  text.textContent = label;
  const select = document.createElement('select');
  select.id = `choose-${label.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  text.htmlFor = select.id;
  for (const { value, label: shown } of choices) select.append(new Option(shown, value));
  box.append(text, select);
  Object.defineProperty(box, 'value', { get: () => select.value });
  return box;
}
