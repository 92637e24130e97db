import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Endings of names that only a network's own resolver answers for: no stranger's domain ends in one of them. */
const privateEndings = ['.localhost', '.local', '.internal', '.svc', '.cluster.local', '.home.arpa'];

/**
 * Who may use the admin address: any program that reaches it, but no web page that an operator happens to visit.
 * A page's request names a host of the page's own (DNS rebinding), or an origin, or says that it comes from elsewhere.
 * @param changes whether the request changes something
 * @param token what such a request must carry as well; '' for nothing
 * @returns why the request is refused; null when it is not
 */
export function adminRefusal(headers: IncomingHttpHeaders, changes: boolean, token: string): string | null {
  if (!isOwnHost(headers.host)) {
    return `Host: given ${headers.host ?? 'nothing'}, accepted is an IP address, localhost or a name of a private network`;
  }
  if (!changes) return null;
  const { origin } = headers;
  if (origin !== undefined && hostOf(origin) !== headers.host) {
    return `Origin: given ${origin}, accepted is none, or this address`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return `Sec-Fetch-Site: given ${String(site)}, accepted is same-origin, none or no such header`;
  }
  if (token !== '' && !isSame(headers.authorization ?? '', `Bearer ${token}`)) {
    return 'Authorization: required is Bearer and the value of WS_ADMIN_TOKEN';
  }
  return null;
}

function isOwnHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (name === '') return false;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return !name.includes('.') || privateEndings.some((ending) => name.endsWith(ending));
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

/** Takes as long for a wrong value as for the right one. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
