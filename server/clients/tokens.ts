import { type CryptoKey, importSPKI, jwtVerify } from 'jose';
import { readSettingFile, SettingError } from '../setting-error.ts';
import { coversPattern, nanosecondsPerSecond, type Settings } from '#core';

/** What a client's token says (RFC 7519). */
export interface Entitlement {
  /** `exp`, nanoseconds since 1970; Infinity for a token that does not expire. */
  readonly untilNs: number;
  /** Claim `channels`: names and patterns that the client may subscribe to; null is any. */
  readonly channels: readonly string[] | null;
}

export const anyone: Entitlement = { untilNs: Infinity, channels: null };

export type TokenCheck = (token: string | null) => Promise<Entitlement | null>;

const publicKeyAlgorithms = ['ES256', 'RS256', 'EdDSA'] as const;

/** A key for HS256 has at least the bits of its hash (RFC 7518 3.2). */
const secretBytesMin = 32;

/**
 * How clients' tokens are checked by these settings; null where none is asked for.
 * @throws Error naming the setting when the key cannot be used
 */
export async function createTokenCheck(
  settings: Pick<Settings, 'jwtSecret' | 'jwtPublicKeyFile' | 'jwtAudience' | 'jwtIssuer' | 'jwtExpiry'>,
): Promise<TokenCheck | null> {
  if (settings.jwtSecret === '' && settings.jwtPublicKeyFile === '') return null;
  const secretBytes = Buffer.byteLength(settings.jwtSecret);
  if (settings.jwtSecret !== '' && secretBytes < secretBytesMin) {
    throw new SettingError(
      `WS_JWT_SECRET: given ${secretBytes} bytes, accepted ${secretBytesMin} or more for HS256 (RFC 7518 3.2); for example: openssl rand -base64 32`,
    );
  }
  const [key, algorithms] =
    settings.jwtSecret === ''
      ? await readPublicKey(settings.jwtPublicKeyFile)
      : ([new TextEncoder().encode(settings.jwtSecret), ['HS256']] as const);
  const options = {
    algorithms: [...algorithms],
    ...(settings.jwtAudience === '' ? {} : { audience: settings.jwtAudience }),
    ...(settings.jwtIssuer === '' ? {} : { issuer: settings.jwtIssuer }),
    requiredClaims: settings.jwtExpiry === 'required' ? ['exp'] : [],
  };
  return async (token) => {
    if (token === null) return null;
    try {
      const { payload } = await jwtVerify(token, key, options);
      const { channels } = payload;
      if (channels !== undefined && !(Array.isArray(channels) && channels.every((one) => typeof one === 'string'))) {
        return null;
      }
      return {
        untilNs: payload.exp === undefined ? Infinity : payload.exp * nanosecondsPerSecond,
        channels: channels ?? null,
      };
    } catch {
      return null;
    }
  };
}

export function mayTake({ channels }: Entitlement, requested: string): boolean {
  return channels === null || channels.some((pattern) => coversPattern(pattern, requested));
}

async function readPublicKey(file: string): Promise<readonly [CryptoKey, readonly string[]]> {
  const pem = readSettingFile('WS_JWT_PUBLIC_KEY', file);
  for (const algorithm of publicKeyAlgorithms) {
    try {
      return [await importSPKI(pem, algorithm), [algorithm]];
    } catch {
      // Not a key of this kind: try the next.
    }
  }
  throw new SettingError(
    `WS_JWT_PUBLIC_KEY=${file}: not a public key in PEM (SPKI) of ${publicKeyAlgorithms.join(', ')}`,
  );
}
