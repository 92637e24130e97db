/** Origins that may connect: whole ones, and `https://*.example.com` for every host below a domain. */
export class OriginList {
  #origins = new Set<string>();
  #below: { readonly scheme: string; readonly suffix: string; readonly port: string }[] = [];
  #any = true;

  private constructor() {}

  /** @returns the list, or what is wrong with its first bad entry. An empty one lets everybody in. */
  static parse(text: string): OriginList | { readonly bad: string } {
    const list = new OriginList();
    for (const entry of text.split(',').map((one) => one.trim())) {
      if (entry === '') continue;
      list.#any = false;
      const url = originUrl(entry.replace('://*.', '://wildcard.'));
      if (url === null) return { bad: entry };
      if (entry.includes('://*.')) {
        list.#below.push({ scheme: url.protocol, suffix: url.hostname.replace(/^wildcard/, ''), port: url.port });
      } else if (url.origin === 'null' || entry.includes('*')) return { bad: entry };
      else list.#origins.add(url.origin);
    }
    return list;
  }

  /** @param origin the header as a browser sends it; undefined from a program, which may send anything anyway */
  allows(origin: string | undefined): boolean {
    if (this.#any || origin === undefined) return true;
    const url = originUrl(origin);
    if (url === null) return false;
    if (this.#origins.has(url.origin)) return true;
    return this.#below.some(
      ({ scheme, suffix, port }) => url.protocol === scheme && url.port === port && url.hostname.endsWith(suffix),
    );
  }
}

/** Scheme, host and port in the spelling of browsers; null when there is more to it, or less. */
function originUrl(text: string): URL | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return isBare && !url.hostname.includes('*') ? url : null;
}
