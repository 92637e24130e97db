import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { writeData } from './data/write-data.ts';
import { siteConfig } from './site.ts';

/** Serves the notebooks while one writes them: pages reload when a notebook, core, sim or a recorded result changes. */
await writeData();
const server = await createServer(siteConfig());
await server.listen();
server.printUrls();

const recorded = fileURLToPath(new URL('../experiments/', import.meta.url));
server.watcher.add([`${recorded}runs`, `${recorded}profiles`, `${recorded}scenarios`]);
let writing = false;
server.watcher.on('all', (_event, path) => {
  if (!path.startsWith(recorded) || writing) return;
  writing = true;
  void writeData().then(() => {
    writing = false;
    server.hot.send({ type: 'full-reload' });
  });
});
