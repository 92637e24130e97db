import { expect, it } from 'vitest';
import { redacted } from './redact.ts';

it.each([
  ['nats://bob:hunter2@10.0.0.1:4222', 'nats://***@10.0.0.1:4222'],
  ['nats://TOKEN@host', 'nats://***@host'],
  ['nats://a:b@one:1,tls://c:d@two:2', 'nats://***@one:1,tls://***@two:2'],
  ['cannot reach nats://a:p%40ss@one (refused)', 'cannot reach nats://***@one (refused)'],
  ['nats://10.0.0.1:4222', 'nats://10.0.0.1:4222'],
  ['mail to a@b', 'mail to a@b'],
])('shows no credentials of %s', (text, shown) => {
  expect(redacted(text)).toBe(shown);
});
