import { InputError } from '../input-error.ts';

/** What may be made to fail during a live run. */
export const drillKinds = ['bus-kill', 'shard-throw', 'shard-exhaust-heap', 'server-restart', 'client-kill'] as const;

export interface Drill {
  readonly kind: (typeof drillKinds)[number];
  /** Seconds after the load has begun. */
  readonly atSeconds: number;
  /** How long the nats-server stays away; of no meaning to the others. */
  readonly durationSeconds: number;
}

const form = `KIND@SECONDS or KIND@SECONDS+SECONDS, as in bus-kill@10+20; kinds: ${drillKinds.join(', ')}`;

/** @throws InputError for a drill that is not of the form */
export function parseDrill(text: string): Drill {
  const match = /^([a-z-]+)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?$/.exec(text);
  const kind = drillKinds.find((one) => one === match?.[1]);
  if (match === null || kind === undefined) {
    throw new InputError('live', [{ path: '--drill', given: text, accepted: form, message: 'there is no such drill' }]);
  }
  return { kind, atSeconds: Number(match[2]), durationSeconds: Number(match[3] ?? 5) };
}
