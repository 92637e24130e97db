import { listening, publishAtRate } from './publish.mjs';

/** Bun's own fan-out. With BATCH_MS the application batches: one WebSocket message carries all of that time. */
const batchMs = Number(process.env.BATCH_MS ?? 0);
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('upgrade', { status: 426 })),
  websocket: {
    perMessageDeflate: false,
    open: (client) => client.subscribe('all'),
    message: () => {},
  },
});
listening(server.port);

let batch = [];
let firstAtMs = 0;
publishAtRate((text, atMs) => {
  if (batchMs === 0) return server.publish('all', text);
  if (batch.length === 0) {
    firstAtMs = atMs;
    setTimeout(() => {
      server.publish('all', `{"type":"batch","count":${batch.length},"publishedAtMs":${firstAtMs},"messages":[${batch.join(',')}]}`);
      batch = [];
    }, batchMs);
  }
  batch.push(text);
});
