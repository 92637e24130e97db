import { WebSocketServer } from 'ws';
import { listening, publishAtRate } from './publish.mjs';

/** What most people write first: a loop over all clients, one send each. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4096 });
server.on('listening', () => listening(server.address().port));
publishAtRate((text) => {
  const bytes = Buffer.from(text);
  for (const client of server.clients) client.send(bytes, { binary: false });
});
