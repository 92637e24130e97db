import { createServer, type Server } from 'node:http';
import { differenceBetween, parseListenAddress, parseSettings, type Settings } from '#core';
import { HeadroomMeter, loadProfile } from './headroom.ts';
import { adminRefusal } from './admin-guard.ts';
import { Metrics } from './metrics.ts';
import { EnvironmentError, type Supervisor } from '../threads/supervisor.ts';

const secrets = new Set(['WS_JWT_SECRET', 'WS_ADMIN_TOKEN', 'NATS_URL']);
/** Scrapers and operators; their descriptors are part of the reserve. */
const socketsMax = 16;
const requestTimeoutMs = 10_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value, null, 2)}\n`,
});

const paths = 'GET /metrics (Prometheus), GET /headroom, GET /settings, GET /health, POST /drain; see server/README.md';

/** Metrics and administration, on WS_ADMIN_ADDR: never on the public port, because it can stop the server. */
export class Admin {
  #supervisor: Supervisor;
  #metrics: Metrics;
  #headroom: HeadroomMeter;
  #server: Server;
  #drain: () => void;

  /** @param drain begins a graceful stop */
  constructor(supervisor: Supervisor, drain: () => void) {
    this.#supervisor = supervisor;
    this.#drain = drain;
    const { settings } = supervisor;
    this.#metrics = new Metrics(settings);
    this.#headroom = new HeadroomMeter(settings, loadProfile(settings.profileFile));
    this.#server = createServer(
      { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs },
      (request, response) => {
        const path = request.url?.split('?')[0] ?? '/';
        const changes = request.method !== 'GET' && request.method !== 'HEAD';
        const refusal = adminRefusal(request.headers, changes, settings.adminToken);
        if (refusal !== null) {
          const { status, type, body } = json(403, { error: refusal });
          response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
          return;
        }
        void this.#answer(request.method ?? 'GET', path).then(
          ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
          (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
        );
      },
    );
    this.#server.maxConnections = socketsMax;
    this.#server.setTimeout(requestTimeoutMs, (socket) => socket.destroy());
  }

  /** @returns the port. @throws EnvironmentError when WS_ADMIN_ADDR cannot be had */
  listen(): Promise<number> {
    const { adminAddress } = this.#supervisor.settings;
    const { host, port } = parseListenAddress(adminAddress);
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(new EnvironmentError(`WS_ADMIN_ADDR=${adminAddress}: cannot listen there: ${error.message}`));
      });
      this.#server.listen({ host, port }, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(method: string, path: string): Promise<Answer> {
    if (method === 'POST' && path === '/drain') {
      this.#drain();
      return json(202, { draining: true });
    }
    if (method !== 'GET') return json(405, { error: `accepted here: ${paths}` });
    if (path === '/settings') return json(200, changedSettings(this.#supervisor.settings));
    const sample = await this.#supervisor.sample();
    switch (path) {
      case '/metrics':
        return {
          status: 200,
          type: this.#metrics.contentType,
          body: await this.#metrics.text(sample, this.#headroom.read(sample)),
        };
      case '/health':
        return json(sample.health?.status === 'unhealthy' ? 503 : 200, sample.health);
      case '/headroom':
        return json(200, this.#headroom.read(sample));
      default:
        return json(404, { error: `not found; accepted here: ${paths}` });
    }
  }
}

/** What differs from the defaults, without secrets. */
function changedSettings(settings: Settings): Record<string, string> {
  const defaults = parseSettings({});
  if (!defaults.ok) return {};
  return Object.fromEntries(
    differenceBetween(defaults.settings, settings).map(({ variable, right }) => [
      variable,
      secrets.has(variable) ? '(not shown)' : right,
    ]),
  );
}
