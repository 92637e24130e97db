import type { IncomingMessage } from 'node:http';

/** The only version there is (RFC 6455 4.1). */
export const webSocketVersion = '13';
/** 16 bytes in base64 (RFC 6455 4.1). */
const keyForm = /^[+/0-9A-Za-z]{22}==$/;

/** Whether a request wants to become a WebSocket: an upgrade to anything else is an ordinary request (RFC 9110 7.8). */
export const wantsWebSocket = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');

/** @returns what a WebSocket handshake gets wrong by RFC 6455 4.2.1, with what is accepted; null when nothing */
export function handshakeFault(request: IncomingMessage): string | null {
  const { headers, method, httpVersion } = request;
  if (method !== 'GET') return `method: given ${method}, accepted GET`;
  if (httpVersion !== '1.1') return `HTTP version: given ${httpVersion}, accepted 1.1`;
  if (headers.host === undefined || headers.host === '') return 'Host: required';
  const version = headers['sec-websocket-version'];
  if (version !== webSocketVersion) {
    return `Sec-WebSocket-Version: given ${version ?? 'nothing'}, accepted ${webSocketVersion}`;
  }
  const key = headers['sec-websocket-key'];
  if (key === undefined || !keyForm.test(key)) {
    return `Sec-WebSocket-Key: given ${key ?? 'nothing'}, accepted 16 bytes in base64`;
  }
  return null;
}
