/** How the clients of each server speak; one load client serves all of them. */
export interface Dialect {
  readonly path: string;
  /** Text frames sent as soon as the connection is open. */
  readonly greetings: readonly string[];
  /** What to answer a frame that starts like this; null for nothing. */
  readonly answer: (prefix: string) => string | null;
  /** Deliveries in a frame, from its first bytes and its length; 0 for anything but messages. */
  readonly messagesIn: (prefix: string, payloadBytes: number) => number;
}

const nothing = (): null => null;
const json: Dialect = {
  path: '/',
  greetings: [],
  answer: nothing,
  messagesIn: (prefix) => (prefix.startsWith('{"type":"message"') ? 1 : 0),
};

/** @param messageBytes payload of a message, by which a stream without frame borders is counted */
export function dialectOf(server: string, messageBytes: number): Dialect {
  switch (server) {
    case 'ours':
      return { ...json, greetings: ['{"type":"subscribe","channels":["token.0"]}'] };
    case 'bun-batched':
      return { ...json, messagesIn: (prefix) => Number(/^\{"type":"batch","count":(\d+)/.exec(prefix)?.[1] ?? 0) };
    case 'socket.io':
      return {
        path: '/socket.io/?EIO=4&transport=websocket',
        greetings: [],
        answer: (prefix) => (prefix.startsWith('0{') ? '40' : prefix === '2' ? '3' : null),
        messagesIn: (prefix) => (prefix.startsWith('42[') ? 1 : 0),
      };
    case 'nats': {
      const wireBytes = `MSG token.0 1 ${messageBytes}\r\n`.length + messageBytes + 2;
      return {
        path: '/',
        greetings: ['CONNECT {"verbose":false,"pedantic":false}\r\nSUB token.0 1\r\nPING\r\n'],
        answer: (prefix) => (prefix.startsWith('PING') ? 'PONG\r\n' : null),
        // Frames cut the stream anywhere, so that only bytes count; INFO, PONG and PING are far below one message.
        messagesIn: (prefix, payloadBytes) => (/^(INFO|PING|PONG|\+OK)/.test(prefix) ? 0 : payloadBytes / wireBytes),
      };
    }
    default:
      return json;
  }
}
