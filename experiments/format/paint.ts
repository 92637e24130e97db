/** Colours a text for a terminal, or leaves it as it is. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

const same = (text: string): string => text;
/** For files, pipes and whoever asked for no colour. */
export const noPaint: Paint = { good: same, bad: same, strong: same };

const painted =
  (code: number) =>
  (text: string): string =>
    `\u001B[${code}m${text}\u001B[0m`;
export const terminalPaint: Paint = { good: painted(32), bad: painted(31), strong: painted(1) };

/** Colour in a terminal only, and not where NO_COLOR is set to anything (no-color.org) or the terminal is a dumb one. */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const { NO_COLOR: noColour = '', TERM: terminal = '' } = environment;
  return stream.isTTY === true && noColour === '' && terminal !== 'dumb' ? terminalPaint : noPaint;
}
