import { createHash, randomBytes } from 'node:crypto';

/** Fixed by RFC 6455 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const headBytesMax = 16_384;
const maskedBit = 0x80;
const finalBit = 0x80;

export type UpgradeAnswer =
  | { readonly kind: 'incomplete' }
  /** `frameAt`: where in the bytes the first frame starts. */
  | { readonly kind: 'upgraded'; readonly frameAt: number }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'bad' };

const incomplete: UpgradeAnswer = { kind: 'incomplete' };
const bad: UpgradeAnswer = { kind: 'bad' };

/**
 * The opening handshake of RFC 6455 4.1 for a process full of clients: one key, so one request for all of them and one
 * accept value to compare with. It offers no extension, so frames come uncompressed.
 */
export class ClientHandshake {
  readonly request: Buffer;
  #accept: string;

  constructor(host: string, port: number, path: string) {
    const key = randomBytes(16).toString('base64');
    this.#accept = createHash('sha1')
      .update(key + acceptSuffix)
      .digest('base64');
    this.request = Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      'latin1',
    );
  }

  /** Reads the server's answer from all bytes that a connection has received so far. */
  readAnswer(bytes: Buffer): UpgradeAnswer {
    const headEnd = bytes.indexOf('\r\n\r\n');
    if (headEnd < 0) return bytes.length > headBytesMax ? bad : incomplete;
    const head = bytes.toString('latin1', 0, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    if (Number.isNaN(status)) return bad;
    if (status !== 101) return { kind: 'refused', status };
    const accept = /\r\nsec-websocket-accept:\s*(\S+)/i.exec(head)?.[1];
    return accept === this.#accept ? { kind: 'upgraded', frameAt: headEnd + 4 } : bad;
  }
}

/**
 * A client's frame (RFC 6455 5.3) with a mask of zeros: masked by the rules, so that the server does its full work, and
 * free for the client. Payloads up to 65,535 bytes.
 */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const long = payload.length > 125;
  if (payload.length > 65_535) {
    throw new RangeError(`a client frame of ${payload.length} bytes: accepted are 65,535; subscribe to fewer channels`);
  }
  const frame = Buffer.alloc((long ? 8 : 6) + payload.length);
  frame[0] = finalBit | opcode;
  frame[1] = maskedBit | (long ? 126 : payload.length);
  if (long) frame.writeUInt16BE(payload.length, 2);
  frame.set(payload, long ? 8 : 6);
  return frame;
}

/** What a client that comes back has: everything up to a sequence of a stream. */
export interface Since {
  readonly sequence: number;
  readonly epoch: string;
}

/** Asks the server for its time. */
export const pingRequestFrame = (): Buffer => maskedFrame(1, Buffer.from('{"type":"ping"}'));

/** The subscribe request of a client. */
export function subscribeFrame(names: readonly string[], since: Since | null = null): Buffer {
  const recovery =
    since === null
      ? {}
      : { since: Object.fromEntries(names.map((name) => [name, since.sequence])), epoch: since.epoch };
  return maskedFrame(1, Buffer.from(JSON.stringify({ type: 'subscribe', channels: names, ...recovery })));
}
