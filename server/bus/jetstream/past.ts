import { DeliverPolicy, type JetStreamClient, type StreamInfo } from 'nats';
import type { Past, PastMessage } from '../bus.ts';
import { busMessage, publishedAtHeader } from './stored-message.ts';

const batchMessages = 1_000;
const batchExpiresMs = 1_000;

export interface PastLimits {
  readonly historyAgeMs: number;
  readonly historyBytesMax: number;
}

/**
 * Reads what clients may recover: the newest messages up to `through`, as many as the history may hold. A shared stream
 * may keep a week; only its end is asked for.
 */
export async function readPast(
  client: JetStreamClient,
  stream: StreamInfo,
  through: number,
  limits: PastLimits,
): Promise<Past> {
  const { first_seq: first, messages: stored, bytes } = stream.state;
  if (stored === 0 || through < first) return { unknownThrough: through, messages: [] };
  // By the average size; what that is wrong by is trimmed while reading.
  const averageBytes = Math.max(1, bytes / stored);
  const begin = Math.max(first, through - Math.floor(limits.historyBytesMax / averageBytes));
  const newestMs = Date.parse(String(stream.state.last_ts));
  const reader = await client.consumers.get(stream.config.name, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: begin,
  });
  const messages: PastMessage[] = [];
  let keptFrom = 0;
  let keptBytes = 0;
  let last = 0;
  while (last < through) {
    const before = last;
    const batch = await reader.fetch({ max_messages: batchMessages, expires: batchExpiresMs });
    for await (const source of batch) {
      last = source.seq;
      const storedAtMs = source.info.timestampNanos / 1e6;
      if (last <= through && newestMs - storedAtMs < limits.historyAgeMs) {
        const message = busMessage(source.subject, source.data, source.headers?.get(publishedAtHeader), storedAtMs);
        messages.push({ sequence: last, message });
        keptBytes += message.dataJson.length;
        while (keptBytes > limits.historyBytesMax && keptFrom < messages.length) {
          keptBytes -= messages[keptFrom].message.dataJson.length;
          keptFrom += 1;
        }
      }
      if (last >= through || source.info.pending === 0) break;
    }
    // Nothing more came: the rest has expired meanwhile.
    if (last === before) break;
  }
  await reader.delete().catch(() => undefined);
  const kept = messages.slice(keptFrom);
  return { unknownThrough: (kept[0]?.sequence ?? through + 1) - 1, messages: kept };
}
