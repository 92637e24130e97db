import { goDocumented, type Profile, type RunReport, type Scenario, scenarioSchema } from '#core';
import { simulate } from '#sim';
import { type RecordedRun, resolved } from './recorded.ts';

export interface Variant {
  readonly label: string;
  readonly report: RunReport;
}

/** One way to break, without and with its remedy. */
export interface Breakage {
  readonly id: string;
  readonly title: string;
  /** What happens, and why, in words without figures. */
  readonly words: string;
  readonly variants: readonly Variant[];
}

export interface BreaksData {
  readonly breakages: readonly Breakage[];
  /** Recorded live runs with faults, beside the twin's prediction. */
  readonly live: readonly { readonly name: string; readonly measured: RunReport; readonly predicted: RunReport }[];
}

/** Simulates each fault on the document's machine, at its target load. */
export function breaksData(base: Scenario, profiles: readonly Profile[], recorded: readonly RecordedRun[]): BreaksData {
  const known = withSmallSockets(profiles, base.profile);
  const run = (label: string, changes: Partial<Scenario>, settings: Scenario['settings'] = {}): Variant => ({
    label,
    report: simulate(
      resolved(
        scenarioSchema.parse({
          ...base,
          name: label,
          ...changes,
          settings: { ...base.settings, ...settings },
          workload: { ...base.workload, durationSeconds: 45, warmUpSeconds: 2, ...changes.workload },
        }),
        known,
      ),
      { scale: 'auto' },
    ),
  });
  const workload = base.workload;
  const rateCap = 100;
  const fault = (fault: Scenario['faults'][number]): Pick<Scenario, 'faults'> => ({ faults: [fault] });
  const burst = fault({ kind: 'rate-burst', atSeconds: 10, durationSeconds: 12, factor: 3 });
  const stall = fault({ kind: 'clients-stall', atSeconds: 8, durationSeconds: 28, share: 0.1 });
  const storm = fault({ kind: 'reconnect-storm', atSeconds: 10, reconnectAfterSeconds: 2, share: 1 });
  const outage = fault({ kind: 'bus-outage', atSeconds: 10, durationSeconds: 12 });
  const longOutage = fault({ kind: 'bus-outage', atSeconds: 5, durationSeconds: 36 });
  const overCap = {
    ...burst,
    workload: { ...workload, connections: fewConnections, ratePerSecond: rateCap },
  };
  return {
    breakages: [
      {
        id: 'overload',
        title: 'Overload: the publish rate triples',
        words:
          'The network card is the first limit. Once it is full, sockets fill behind it, then send buffers. A large buffer loses nothing and makes everything late; a small one keeps what arrives fresh and loses the rest.',
        variants: [
          run('the usual send buffer', { ...burst, profile: smallSockets }),
          run(
            'an eighth of it, the oldest dropped',
            { ...burst, profile: smallSockets },
            {
              WS_SLOW_CLIENT_POLICY: 'drop-oldest',
              WS_SEND_BUFFER_SLOTS: 64,
            },
          ),
          run(
            'an eighth of it, slow clients closed',
            { ...burst, profile: smallSockets },
            {
              WS_SEND_BUFFER_SLOTS: 64,
            },
          ),
        ],
      },
      {
        id: 'slow-clients',
        title: 'Slow clients: a tenth of them stops reading',
        words:
          'Their sockets fill, then their send buffers. The others must not notice; what happens to the slow ones is a policy. Sockets here hold what Linux gives a new one.',
        variants: [
          run('slow clients are closed', { ...stall, profile: smallSockets }),
          run(
            'the oldest message is dropped',
            { ...stall, profile: smallSockets },
            {
              WS_SLOW_CLIENT_POLICY: 'drop-oldest',
            },
          ),
          run(
            'a quarter of the buffer',
            { ...stall, profile: smallSockets },
            {
              WS_SLOW_CLIENT_POLICY: 'drop-oldest',
              WS_SEND_BUFFER_SLOTS: 128,
            },
          ),
        ],
      },
      {
        id: 'nak-loop',
        title: 'NAK loop: more is published than the rate cap lets through',
        words:
          'A message above the cap is handed back to the stream, which delivers it again, which is above the cap again. A delay on the hand-back slows the loop down, not the queue: the messages wait all the same, and the stream forgets what waits too long.',
        variants: [
          run('handed back without delay', overCap, { JS_NAK_DELAY: '0s' }),
          run('with the usual delay', overCap),
          run('with a long delay', overCap, { JS_NAK_DELAY: '5s' }),
        ],
      },
      {
        id: 'reconnect-storm',
        title: 'Reconnect storm: every client leaves and comes back',
        words:
          'All clients are gone at once and return as fast as they can. Accepting takes CPU that broadcasts want too, and admission refuses while the CPU is above its threshold.',
        variants: [
          run('at the usual ramp rate', storm),
          run('five times as fast', {
            ...storm,
            workload: { ...workload, rampConnectionsPerSecond: workload.rampConnectionsPerSecond * fastRamp },
          }),
        ],
      },
      {
        id: 'nats-outage',
        title: 'NATS outage: the stream is out of reach',
        words:
          'The stream takes messages in and delivers none. When it is back the server catches up, as fast as its rate cap lets it; what is older than the stream keeps is gone.',
        variants: [run('a short outage', outage), run('an outage longer than the stream keeps messages', longOutage)],
      },
    ],
    live: recorded
      .filter(({ scenario: { scenario } }) => scenario.faults.length > 0)
      .map(({ scenario, reports }) => ({
        name: scenario.scenario.name,
        measured: reports[0],
        predicted: simulate(scenario),
      })),
  };
}

/** Rate caps count messages, so a small load shows what they do. */
const fewConnections = 1_000;
const fastRamp = 5;

const smallSockets = 'small-sockets';

/** The base's profile with the socket buffers of a fresh Linux socket, as the document's profile has them, not loopback's. */
function withSmallSockets(profiles: readonly Profile[], name: string): Profile[] {
  const measured = profiles.find((profile) => profile.name === name) ?? goDocumented;
  return [
    ...profiles,
    {
      ...measured,
      name: smallSockets,
      memory: { ...measured.memory, socketBufferBytes: goDocumented.memory.socketBufferBytes },
    },
  ];
}
