/** What may be made to fail during a live run. */
export const drillKinds = ['bus-kill', 'shard-throw', 'shard-exhaust-heap', 'server-restart', 'client-kill'] as const;

export interface Drill {
  readonly kind: (typeof drillKinds)[number];
  /** Seconds after the load has begun. */
  readonly atSeconds: number;
  /** How long the nats-server stays away; of no meaning to the others. */
  readonly durationSeconds: number;
}

export const drillForm = `KIND@SECONDS or KIND@SECONDS+SECONDS, as in bus-kill@10+20; kinds: ${drillKinds.join(', ')}`;

/** Undefined for what is not of the form. */
export function parseDrill(text: string): Drill | undefined {
  const match = /^([a-z-]+)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?$/.exec(text);
  const kind = drillKinds.find((one) => one === match?.[1]);
  if (match === null || kind === undefined) return undefined;
  return { kind, atSeconds: Number(match[2]), durationSeconds: Number(match[3] ?? 5) };
}
