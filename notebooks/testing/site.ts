import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { siteFolder } from '../site.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

export interface ServedSite {
  /** With the closing slash. */
  readonly origin: string;
  readonly server: Server;
}

/** Serves the built notebooks on a port of loopback, under a content policy that forbids `eval` and other servers. */
export async function serveSite(): Promise<ServedSite> {
  const built = pathToFileURL(siteFolder);
  const server = createServer((request, response) => {
    const file = new URL(`.${request.url?.split('?')[0]}`, built);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, {
        'content-type': types[extname(file.pathname)] ?? 'application/octet-stream',
        'content-security-policy':
          "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' blob:; worker-src 'self' blob:",
      })
      .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
