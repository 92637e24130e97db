import { readFileSync } from 'node:fs';
import {
  type Authenticator,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from 'nats';
import { redacted } from '#core';
import { BusError, messageOf } from './bus-error.ts';

/** How to reach NATS and who we are there. */
export interface NatsAccess {
  /** One server or several by comma; user and password or a token may stand in it. */
  readonly natsUrl: string;
  /** Files of a `.creds` user, of an nkey's seed, and of the CA of the server's certificate; '' for none. */
  readonly natsCredentialsFile: string;
  readonly natsNkeyFile: string;
  readonly natsCaFile: string;
}

const connectTimeoutMs = 10_000;
const reconnectWaitMs = 250;
const reconnectJitterMs = 250;
const schemes = new Set(['nats:', 'tls:']);

/** Access by URL alone, for tools and tests. */
export const accessOf = (natsUrl: string): NatsAccess => ({
  natsUrl,
  natsCredentialsFile: '',
  natsNkeyFile: '',
  natsCaFile: '',
});

/** @throws BusError that says whose fault it is: the URL's, the credentials', the certificate's, or that nobody answers */
export async function connectTo(access: NatsAccess, name: string): Promise<NatsConnection> {
  const options = optionsOf(access, name);
  try {
    return await connect(options);
  } catch (error) {
    throw new BusError(explained(access, error));
  }
}

function optionsOf(access: NatsAccess, name: string): ConnectionOptions {
  const urls = parseNatsUrl(access.natsUrl);
  const isEncrypted = urls.some(({ protocol }) => protocol === 'tls:') || access.natsCaFile !== '';
  const authenticator = authenticatorOf(access, urls);
  const ca = access.natsCaFile === '' ? undefined : String(readSecret('NATS_CA', access.natsCaFile));
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || 4_222}`),
    name,
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    // A wrong configuration of NATS that is rolled back must not end us.
    ignoreAuthErrorAbort: true,
    // A dead peer is noticed after two of these.
    pingInterval: 5_000,
    maxPingOut: 2,
    ...(authenticator === null ? {} : { authenticator }),
    // With these options a server without TLS is refused instead of being spoken to in the clear.
    ...(isEncrypted ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
}

/** @throws BusError for what is no address of a NATS server */
export function parseNatsUrl(natsUrl: string): URL[] {
  const parts = natsUrl
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const urls = parts.map((part) => {
    const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(part) ? part : `nats://${part}`;
    if (!URL.canParse(url) || !schemes.has(new URL(url).protocol) || new URL(url).hostname === '') {
      throw new BusError(
        `NATS_URL: ${part} is no address of a NATS server (accepted: nats://HOST:PORT or tls://HOST:PORT, several by comma)`,
      );
    }
    return new URL(url);
  });
  if (urls.length === 0)
    throw new BusError('NATS_URL: no address given (accepted: nats://HOST:PORT, several by comma)');
  return urls;
}

function authenticatorOf(access: NatsAccess, urls: readonly URL[]): Authenticator | null {
  if (access.natsCredentialsFile !== '')
    return credsAuthenticator(readSecret('NATS_CREDS', access.natsCredentialsFile));
  if (access.natsNkeyFile !== '') {
    const seed = Buffer.from(readSecret('NATS_NKEY', access.natsNkeyFile).toString().trim());
    return nkeyAuthenticator(new Uint8Array(seed));
  }
  const named = urls.find(({ username }) => username !== '');
  if (named === undefined) return null;
  const user = decodeURIComponent(named.username);
  return named.password === ''
    ? tokenAuthenticator(user)
    : usernamePasswordAuthenticator(user, decodeURIComponent(named.password));
}

function readSecret(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new BusError(`${variable}=${file}: cannot be read (${messageOf(error)})`);
  }
}

function explained({ natsUrl }: NatsAccess, error: unknown): string {
  const cause = messageOf(error);
  const head = `NATS_URL=${redacted(natsUrl)}:`;
  if (/authori[sz]ation|authentication|user authentication|nkey|jwt/i.test(cause)) {
    return `${head} the NATS server there refuses these credentials (${cause}); set user and password or a token in NATS_URL, NATS_CREDS or NATS_NKEY`;
  }
  if (/certificate|self.signed|issuer|altname|tls|ssl/i.test(cause)) {
    return `${head} no TLS connection with the NATS server there (${cause}); tls:// needs a server with TLS, and NATS_CA the file of its CA`;
  }
  return `${head} no NATS server answers there (${cause}); start one with JetStream, as in nats-server -js, or leave NATS_URL empty for the embedded bus`;
}
