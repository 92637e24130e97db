import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const timeoutMs = 900;
const answerBytesMax = 1_000_000;

/** What /health says now; `before` when it does not answer in time. @param ca null: without TLS */
export function healthOf(host: string, port: number, ca: string | null, before: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const options = { host, port, path: '/health', signal: AbortSignal.timeout(timeoutMs) };
    const answered = (answer: import('node:http').IncomingMessage): void => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text = (text + String(chunk)).slice(0, answerBytesMax);
      });
      answer.on('error', () => resolve(before));
      answer.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch {
          resolve(before);
        }
      });
    };
    const request =
      ca === null ? get(options, answered) : getSecurely({ ...options, ...(ca === '' ? {} : { ca }) }, answered);
    request.on('error', () => resolve(before));
  });
}
