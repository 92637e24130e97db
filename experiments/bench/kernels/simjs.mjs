// It is built for browsers and exports to the window alone.
globalThis.window ??= globalThis;
await import('simjs');
const { Entity, Facility, Sim } = globalThis.window.Sim;

/**
 * M/M/1 as simjs offers it: a facility with its own statistics, first come first served.
 * @returns the mean wait in the queue
 */
export async function singleServer({ customers, gap, service }) {
  let arrived = 0;
  const server = new Facility('server', Facility.FCFS, 1);
  class Customers extends Entity {
    start() {
      this.arrive();
    }
    arrive() {
      if (arrived === customers) return;
      arrived += 1;
      this.useFacility(server, service());
      this.setTimer(gap()).done(this.arrive);
    }
  }
  const simulation = new Sim();
  simulation.addEntity(Customers);
  simulation.simulate(Infinity);
  return server.queueStats().durationSeries.average();
}
