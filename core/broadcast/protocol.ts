/**
 * The client protocol: JSON text frames in both directions (design, "Contract details").
 *
 * Client to server: subscribe, unsubscribe, ping. Server to client: welcome, subscribed, unsubscribed, message, gap,
 * pong, error. Encoders return text with the keys in this fixed order; load clients rely on it.
 */

/** Tells a client how the server knows it and which stream its sequences belong to. */
export const encodeWelcome = (epoch: string, connection: string): string =>
  `{"type":"welcome","connection":${JSON.stringify(connection)},"epoch":${JSON.stringify(epoch)}}`;

/**
 * @param newestSequence what was broadcast last: the place to recover from for a client that gets no message before
 * its connection ends
 * @param recovered whether everything since is about to be sent, for each channel that asked; null when none asked
 */
export const encodeSubscribed = (
  channels: readonly string[],
  newestSequence: number,
  recovered: ReadonlyMap<string, boolean> | null = null,
): string =>
  `{"type":"subscribed","channels":${JSON.stringify(channels)},"seq":${newestSequence}${
    recovered === null ? '' : `,"recovered":${JSON.stringify(Object.fromEntries(recovered))}`
  }}`;

export const encodeUnsubscribed = (channels: readonly string[]): string =>
  `{"type":"unsubscribed","channels":${JSON.stringify(channels)}}`;

/** @param dataJson the published payload, already JSON text */
export const encodeMessage = (channel: string, sequence: number, publishedAtMs: number, dataJson: string): string =>
  `{"type":"message","channel":${JSON.stringify(channel)},"seq":${sequence},"publishedAtMs":${publishedAtMs},"data":${dataJson}}`;

/** @param base64 the published payload, which is no UTF-8 text */
export const encodeBinaryMessage = (channel: string, sequence: number, publishedAtMs: number, base64: string): string =>
  `{"type":"message","channel":${JSON.stringify(channel)},"seq":${sequence},"publishedAtMs":${publishedAtMs},"encoding":"base64","data":"${base64}"}`;

/** Says that messages were dropped for this client: how many, and between which sequences they lie. */
export const encodeGap = (missed: number, firstSequence: number, lastSequence: number): string =>
  `{"type":"gap","missed":${missed},"fromSeq":${firstSequence},"toSeq":${lastSequence}}`;

/** @param serverTimeMs the server's wall clock, so that a client can tell how far its own is off */
export const encodePong = (serverTimeMs: number): string => `{"type":"pong","serverTimeMs":${serverTimeMs}}`;

/**
 * Says that messages of the stream will never come, to a client that may have been owed some of them: they were gone
 * before this server could read them.
 * @param lost messages of the whole stream, or of channels of this client where those are known
 */
export const encodeLoss = (lost: number, firstSequence: number, lastSequence: number): string =>
  `{"type":"gap","missed":${lost},"fromSeq":${firstSequence},"toSeq":${lastSequence},"scope":"stream"}`;

export const encodeError = (code: string, message: string): string =>
  `{"type":"error","code":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`;

export type ClientRequest =
  | {
      readonly type: 'subscribe';
      readonly channels: readonly string[];
      /** Sequence that the client has, for channels to recover; null when there is none. */
      readonly since: ReadonlyMap<string, number> | null;
      /** Stream that the sequences are of; a request without it means the present one. */
      readonly epoch: string | null;
    }
  | { readonly type: 'unsubscribe'; readonly channels: readonly string[] }
  | { readonly type: 'ping' };

export type DecodedRequest =
  | { readonly ok: true; readonly request: ClientRequest }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Longest channel name or pattern, in characters. */
export const channelLengthMax = 200;

const refuse = (code: string, message: string): DecodedRequest => ({ ok: false, code, message });

/** Reads a client's frame. Whatever is wrong with it is the client's fault and told as an error with a code. */
export function decodeRequest(text: string): DecodedRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad-json', 'the frame is not JSON');
  }
  if (typeof value !== 'object' || value === null) return refuse('bad-request', 'the frame is not a JSON object');
  const type = 'type' in value ? value.type : undefined;
  if (type === 'ping') return { ok: true, request: { type } };
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return refuse('unknown-type', 'type: accepted are subscribe, unsubscribe and ping');
  }
  const channels = 'channels' in value ? value.channels : undefined;
  if (!Array.isArray(channels) || channels.length === 0) {
    return refuse('bad-channels', 'channels: accepted is a list of one or more channel names');
  }
  for (const channel of channels) {
    if (typeof channel !== 'string' || !isChannelName(channel)) {
      return refuse(
        'bad-channel',
        `channels: a name is 1 to ${channelLengthMax} characters without spaces, in tokens split by dots; * and a last > are wildcards`,
      );
    }
  }
  if (type === 'unsubscribe') return { ok: true, request: { type, channels } };
  const since = decodeSince('since' in value ? value.since : undefined, channels);
  if (typeof since === 'string') return refuse('bad-since', since);
  const epoch = 'epoch' in value ? value.epoch : null;
  if (epoch !== null && typeof epoch !== 'string') {
    return refuse('bad-epoch', 'epoch: accepted is the text that welcome gave, or nothing');
  }
  return { ok: true, request: { type, channels, since, epoch } };
}

/** @returns the sequences, null when none are given, or what is wrong with them. */
function decodeSince(value: unknown, channels: readonly string[]): Map<string, number> | null | string {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    return 'since: accepted is an object of a sequence by channel, as in {"token.BTC":41}';
  }
  const since = new Map<string, number>();
  for (const [channel, sequence] of Object.entries(value)) {
    if (!channels.includes(channel)) return 'since: names a channel that is not in channels';
    if (!Number.isSafeInteger(sequence) || sequence < 0) return 'since: a sequence is a whole number from 0';
    since.set(channel, sequence);
  }
  return since.size === 0 ? null : since;
}

function isChannelName(name: string): boolean {
  if (name.length === 0 || name.length > channelLengthMax || /[\s\p{Cc}]/u.test(name)) return false;
  const tokens = name.split('.');
  return tokens.every(
    (token, position) =>
      token.length > 0 && (token === '*' || (token === '>' && position === tokens.length - 1) || !/[*>]/.test(token)),
  );
}
