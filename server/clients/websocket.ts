import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';

/** The only file that knows `ws`: it does the protocol; messages bypass it as frames that were built once. */

export type { WebSocket } from 'ws';

const textFrame = 0x81;

/** A whole unmasked text frame (RFC 6455 5.2) in memory that all threads share. */
export function encodeTextFrame(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const size = payload.length;
  const headerBytes = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const frame = Buffer.from(new SharedArrayBuffer(headerBytes + size));
  frame[0] = textFrame;
  if (headerBytes === 2) {
    frame[1] = size;
  } else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(size), 2);
  }
  payload.copy(frame, headerBytes);
  return frame;
}

/** An unmasked ping without payload (RFC 6455 5.5.2). */
export const pingFrame: Uint8Array = Buffer.from([0x89, 0x00]);

export interface Handshake {
  (request: IncomingMessage, socket: Duplex, head: Buffer, opened: (client: WebSocket, socket: Socket) => void): void;
}

/**
 * @param messageBytesMax largest frame that a client may send; a larger one closes it with 1009
 * @param refused told of a request that is not a proper handshake; it has to answer
 */
export function createHandshake(messageBytesMax: number, refused: (socket: Duplex) => void): Handshake {
  // `closeTimeout` came with ws 8.19; the types do not know it yet.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    // A peer that does not answer our close frame is cut off after this time.
    closeTimeout: 2_000,
  };
  const server = new WebSocketServer(options);
  server.on('wsClientError', (_error, socket) => refused(socket));
  return (request, socket, head, opened) => {
    server.handleUpgrade(request, socket, head, (client) => opened(client, socket as Socket));
  };
}
