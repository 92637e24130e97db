import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { listening, publishAtRate } from './publish.mjs';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => listening(http.address().port));
publishAtRate((text) => io.emit('m', text));
