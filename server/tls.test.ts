import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startEmbedded, stopServers, TestClient } from './testing/server-under-test.ts';

afterEach(stopServers);

it('serves wss with a certificate of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-tls-'));
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const made = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'.split(
    ' ',
  );
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  try {
    const { bus, port } = await startEmbedded({ WS_TLS_CERT: cert, WS_TLS_KEY: key });
    const client = await new TestClient(port, { tls: true, rejectUnauthorized: false }).subscribed('a');
    bus.publish('a', '1', 1);
    expect((await client.received('message'))[0].data).toBe(1);
    client.socket.terminate();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
