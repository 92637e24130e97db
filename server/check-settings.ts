import { createSecureContext } from 'node:tls';
import { BlockList } from 'node:net';
import type { Settings } from '#core';
import { parseAddressList } from './clients/addresses.ts';
import { OriginList } from './clients/origins.ts';
import { createTokenCheck } from './clients/tokens.ts';
import { loadProfile } from './observe/headroom.ts';
import { readSettingFile, SettingError } from './setting-error.ts';

/**
 * Checks what the settings refer to and what core cannot know: files, keys, addresses, origins.
 * @throws SettingError for the first that cannot work
 */
export async function checkSettings(settings: Settings): Promise<void> {
  const proxies = parseAddressList(settings.trustedProxies);
  if (!(proxies instanceof BlockList)) {
    throw new SettingError(
      `WS_TRUSTED_PROXIES: given ${proxies.bad}, accepted are addresses and CIDR ranges by comma, as in 10.0.0.0/8, ::1`,
    );
  }
  const origins = OriginList.parse(settings.allowedOrigins);
  if (!(origins instanceof OriginList)) {
    throw new SettingError(
      `WS_ALLOWED_ORIGINS: given ${origins.bad}, accepted are origins by comma, as in https://app.example.com, https://*.example.com; leave it empty for any`,
    );
  }
  await createTokenCheck(settings);
  loadProfile(settings.profileFile);
  if (settings.tlsCertificateFile !== '') checkTls(settings.tlsCertificateFile, settings.tlsKeyFile);
}

function checkTls(certificateFile: string, keyFile: string): void {
  const cert = readSettingFile('WS_TLS_CERT', certificateFile);
  const key = readSettingFile('WS_TLS_KEY', keyFile);
  attempt(`WS_TLS_CERT=${certificateFile}: not a certificate in PEM`, () => createSecureContext({ cert }));
  attempt(`WS_TLS_KEY=${keyFile}: not a private key in PEM`, () => createSecureContext({ key }));
  attempt(`WS_TLS_KEY=${keyFile}: not the key of the certificate in WS_TLS_CERT=${certificateFile}`, () =>
    createSecureContext({ cert, key }),
  );
}

function attempt(otherwise: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    throw new SettingError(`${otherwise} (${messageOf(error)})`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
