import { describe, expect, it } from 'vitest';
import { KeepAlive } from './keep-alive.ts';
import { CloseReason } from '../base/outcomes.ts';
import { secondsToNs } from '../base/units.ts';

const create = () => {
  const keepAlive = new KeepAlive({
    connectionsMax: 100,
    pingIntervalNs: secondsToNs(10),
    pingTimeoutNs: secondsToNs(5),
    idleTimeoutNs: secondsToNs(60),
  });
  const events: string[] = [];
  const sweep = (atSeconds: number): string[] => {
    keepAlive.sweep(secondsToNs(atSeconds), {
      ping: (connection) => events.push(`ping ${connection}`),
      expired: (connection, reason) => {
        events.push(`${Object.keys(CloseReason)[reason]} ${connection}`);
        keepAlive.closed(connection);
      },
    });
    return events.splice(0);
  };
  return { keepAlive, sweep };
};

describe('KeepAlive', () => {
  it('pings who is silent, once, and gives up on who does not answer', () => {
    const { keepAlive, sweep } = create();
    keepAlive.opened(0, 0, Infinity);
    keepAlive.opened(1, 0, Infinity);
    keepAlive.subscriptionsChanged(0, 1, 0);
    keepAlive.subscriptionsChanged(1, 1, 0);
    expect(sweep(9)).toEqual([]);
    expect(sweep(10).sort()).toEqual(['ping 0', 'ping 1']);
    keepAlive.heard(1, secondsToNs(11));
    expect(sweep(14)).toEqual([]);
    expect(sweep(15)).toEqual(['pingTimeout 0']);
    expect(sweep(20)).toEqual([]);
    expect(sweep(21)).toEqual(['ping 1']);
  });

  it('ends who never subscribes, and who has unsubscribed from everything for as long', () => {
    const { keepAlive, sweep } = create();
    keepAlive.opened(0, 0, Infinity);
    keepAlive.opened(1, 0, Infinity);
    keepAlive.subscriptionsChanged(1, 2, secondsToNs(1));
    for (const at of [20, 40, 59]) {
      keepAlive.heard(0, secondsToNs(at));
      keepAlive.heard(1, secondsToNs(at));
    }
    expect(sweep(60)).toEqual(['idle 0']);
    keepAlive.subscriptionsChanged(1, 0, secondsToNs(61));
    keepAlive.heard(1, secondsToNs(120));
    expect(sweep(120)).toEqual([]);
    expect(sweep(121)).toEqual(['idle 1']);
  });

  it('ends who is no longer entitled', () => {
    const { keepAlive, sweep } = create();
    keepAlive.opened(3, 0, secondsToNs(4));
    expect([sweep(3), sweep(4)]).toEqual([[], ['tokenExpired 3']]);
  });

  it('spreads the pings of clients that came together', () => {
    const { keepAlive, sweep } = create();
    for (let connection = 0; connection < 100; connection += 1) {
      keepAlive.opened(connection, 0, Infinity);
      keepAlive.subscriptionsChanged(connection, 1, 0);
    }
    sweep(9);
    const pings = [10, 11, 12, 13, 14].map((at) => sweep(at).length);
    expect(pings).toEqual([20, 20, 20, 20, 20]);
  });
});
