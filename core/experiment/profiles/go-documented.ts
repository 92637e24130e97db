import type { Profile } from '../profile.ts';
import { bytesPerMiB } from '../../base/units.ts';

/** MB per connection at 512 and 2,048 slots (R61, law A), read as MiB, because the memory limit is in GiB (R7). */
const perSlotBytes = ((0.911 - 0.501) / (2_048 - 512)) * bytesPerMiB;
const perConnectionBytes = 0.501 * bytesPerMiB - 512 * perSlotBytes;

/**
 * What the source document implies of its Go server: a cost per send (R123: 1.63 us at 25 and 35 messages/s, 1.03 us at
 * 100) and memory per connection (R73). It knows nothing of writes, bytes or accepts, so those cost nothing here.
 */
export const goDocumented: Profile = {
  name: 'go-documented',
  description: "The source document's own figures for its Go server; no operation was measured.",
  provenance: {
    kind: 'documented',
    date: '2025-10-20',
    machine: 'e2-standard-2, as the document states',
    method: 'cost per send = stated cores / stated sends per second; memory per connection as stated, MB read as MiB',
    commit: '',
    fittedTo: [],
  },
  cpu: {
    perBusMessageNs: 0,
    perBroadcastNs: 0,
    perVisitNs: 0,
    perDeliveryNs: 0,
    perWriteUserNs: 0,
    perWriteKernelNs: 0,
    perColdWriteNs: 0,
    coldWriteHalfNs: 0,
    perByteKernelNs: 0,
    perAcceptNs: 0,
    perTurnNs: 0,
    perSecondNs: 0,
    perDeliveryNsByRate: [
      { ratePerSecond: 25, ns: (0.49 * 1e9) / 300_000 },
      { ratePerSecond: 35, ns: (0.69 * 1e9) / 420_000 },
      { ratePerSecond: 100, ns: (1.23 * 1e9) / 1_200_000 },
    ],
  },
  loadClient: {
    perReadNs: 0,
    perMessageNs: 0,
    sharedCoreProbability: 0,
    sharedCoreClientShareMax: 1,
    sharedCoreNs: 0,
    sharedCoreIdleShare: 0,
  },
  memory: {
    baseBytes: 0,
    perShardBytes: 0,
    perConnectionBytes,
    perConnectionKernelBytes: 0,
    perSlotBytes,
    // 12 MB of index at 12,000 clients (R67): 1 KB a client, charged to its subscription.
    perSubscriptionBytes: bytesPerMiB / 1_000,
    perDeliveryPerSecondBytes: 0,
    perRetainedByte: 0,
    // Linux gives a new TCP socket a send buffer of 16 KiB (tcp_wmem).
    socketBufferBytes: 16_384,
  },
  garbageCollection: { everyBytes: 0, pauseNs: 0, bytesPerDelivery: 0, bytesPerWrite: 0 },
  timerSlackNs: 0,
  relativeError: 0,
  intervals: {},
};
