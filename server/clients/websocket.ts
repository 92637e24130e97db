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

/** A peer that does not answer our close frame, or does not close after its own, is cut off after this time. */
export const closeTimeoutMs = 2_000;

export interface Handshake {
  (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    outcome: {
      readonly opened: (client: WebSocket, socket: Socket) => void;
      /** The request is not a proper handshake, and nothing was answered. */
      readonly refused: (message: string) => void;
    },
  ): void;
}

/** @param messageBytesMax largest frame that a client may send; a larger one closes it with 1009 */
export function createHandshake(messageBytesMax: number): Handshake {
  // `closeTimeout` came with ws 8.19; the types do not know it yet.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    closeTimeout: closeTimeoutMs,
  };
  const server = new WebSocketServer(options);
  const refusals = new WeakMap<Duplex, (message: string) => void>();
  server.on('wsClientError', (error, socket) => refusals.get(socket)?.(error.message));
  return (request, socket, head, { opened, refused }) => {
    refusals.set(socket, refused);
    server.handleUpgrade(request, socket, head, (client) => opened(client, socket as Socket));
  };
}
