"""M/M/1 as SimPy offers it: a process per customer, one resource. Prints mean wait and events per CPU second as JSON."""

import json
import random
import sys
import time

import simpy

customers, mean_gap, mean_service, seed = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
dice = random.Random(seed)
environment = simpy.Environment()
server = simpy.Resource(environment, capacity=1)
total_wait = 0.0


def customer():
    global total_wait
    arrived = environment.now
    with server.request() as turn:
        yield turn
        total_wait += environment.now - arrived
        yield environment.timeout(dice.expovariate(1 / mean_service))


def source():
    for _ in range(customers):
        environment.process(customer())
        yield environment.timeout(dice.expovariate(1 / mean_gap))


environment.process(source())
start = time.process_time()
environment.run()
seconds = time.process_time() - start
print(json.dumps({"meanWaitNs": total_wait / customers, "perSecond": 2 * customers / seconds}))
