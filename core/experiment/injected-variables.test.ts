import { describe, expect, it } from 'vitest';
import { parseSettings } from './settings.ts';

describe("an orchestrator's variables", () => {
  it.each([
    'WS_PORT',
    'WS_SERVICE_HOST',
    'WS_SERVICE_PORT',
    'WS_SERVICE_PORT_HTTP',
    'WS_PORT_3002_TCP',
    'WS_PORT_3002_TCP_ADDR',
    'WS_GATEWAY_PORT_53_UDP_PROTO',
    'JS_SERVICE_HOST',
  ])('such as %s do not stop the server', (variable) => {
    expect(parseSettings({ [variable]: 'tcp://10.0.0.1:3002' }).ok).toBe(true);
  });

  it.each(['WS_MAX_CONNECTION', 'WS_PORTS', 'WS_HOST', 'JS_STREAM_NAMES'])(
    'do not hide a mistake such as %s',
    (variable) => {
      expect(parseSettings({ [variable]: '1' }).ok).toBe(false);
    },
  );
});
