import { Entity, Queue, RandomVar, Simulation } from 'simscript';

// It hands control to the browser's frames now and then; Node has none.
globalThis.requestAnimationFrame = (callback) => setImmediate(callback);

/**
 * M/M/1 as simscript offers it: an asynchronous script per customer, queues with their own statistics.
 * @returns the mean wait in the queue
 */
export async function singleServer({ customers, gap, service }) {
  class Gap extends RandomVar {
    sample() {
      return gap();
    }
  }
  class SingleServer extends Simulation {
    line = new Queue('line');
    server = new Queue('server', 1);

    onStarting() {
      super.onStarting();
      this.generateEntities(Customer, new Gap(), customers);
    }
  }
  class Customer extends Entity {
    async script() {
      const { line, server } = this.simulation;
      await this.enterQueue(line);
      await this.enterQueue(server);
      this.leaveQueue(line);
      await this.delay(service());
      this.leaveQueue(server);
    }
  }
  const simulation = new SingleServer();
  await new Promise((resolve) => {
    simulation.finished.addEventListener(resolve);
    simulation.start(true);
  });
  return simulation.line.averageDwell;
}
