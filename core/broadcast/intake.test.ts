import { describe, expect, it } from 'vitest';
import type { IntakeEffects } from './effects.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import { NakReason } from '../base/outcomes.ts';

interface Message {
  readonly deliveryCount: number;
  readonly name: string;
}

class Recorded implements IntakeEffects<Message> {
  readonly log: string[] = [];
  acknowledge(message: Message): void {
    this.log.push(`ack ${message.name}`);
  }
  negativeAcknowledge(message: Message, delayNs: number): void {
    this.log.push(`nak ${message.name} ${delayNs}`);
  }
  deliver(shard: number, message: Message): void {
    this.log.push(`deliver ${message.name} to ${shard}`);
  }
  missed(shard: number, message: Message): void {
    this.log.push(`missed ${message.name} by ${shard}`);
  }
  setPaused(paused: boolean): void {
    this.log.push(`paused ${paused}`);
  }
}

const options: IntakeOptions = {
  shards: 2,
  shardInboxMessages: 2,
  natsRateMaxPerSecond: 1_000,
  broadcastRateMaxPerSecond: 1_000,
  rateBurstFactor: 1,
  nakDelayNs: 5,
  pauseMode: 'stop',
};

function create(overrides: Partial<IntakeOptions> = {}) {
  const effects = new Recorded();
  const intake = new Intake<Message>({ ...options, ...overrides }, effects);
  const arrive = (name: string, nowNs = 0, deliveryCount = 1): void =>
    intake.messageArrived({ name, deliveryCount }, nowNs);
  return { intake, effects, arrive };
}

describe('Intake', () => {
  it('hands a message to every shard and then acknowledges it (R34)', () => {
    const { effects, arrive } = create();
    arrive('m');
    expect(effects.log).toEqual(['deliver m to 0', 'deliver m to 1', 'ack m']);
  });

  it('NAKs with the configured delay when every inbox is full', () => {
    const { intake, effects, arrive } = create({ shardInboxMessages: 1 });
    arrive('one');
    effects.log.length = 0;
    expect(intake.demand).toBe(0);
    arrive('two');
    expect(effects.log).toEqual(['nak two 5']);
    expect(intake.ledger.nakedByReason[NakReason.inboxFull]).toBe(1);
  });

  it('delays nobody for one slow shard: its share is missed, the message acknowledged', () => {
    const { intake, effects, arrive } = create({ shardInboxMessages: 1 });
    arrive('one');
    intake.creditsReturned(1, 1);
    effects.log.length = 0;
    arrive('two');
    expect(effects.log).toEqual(['missed two by 0', 'deliver two to 1', 'ack two']);
    expect(intake.ledger.missedShares).toBe(1);
  });

  it('NAKs what exceeds the ingest rate, redeliveries included (R35)', () => {
    const { intake, arrive } = create({ natsRateMaxPerSecond: 2, shardInboxMessages: 100 });
    for (let count = 0; count < 5; count += 1) arrive(`m${count}`, 0, 2);
    expect(intake.ledger.nakedByReason[NakReason.ingestRate]).toBe(3);
    expect(intake.ledger.redelivered).toBe(5);
    intake.ledger.assertBalanced();
  });

  it('NAKs what exceeds the broadcast rate (R40)', () => {
    const { intake, arrive } = create({ broadcastRateMaxPerSecond: 1, shardInboxMessages: 100 });
    arrive('one');
    arrive('two');
    expect(intake.ledger.nakedByReason[NakReason.broadcastRate]).toBe(1);
  });

  it('asks for nothing while paused and NAKs what still comes (R54)', () => {
    const { intake, effects, arrive } = create();
    intake.pauseChanged(true);
    intake.pauseChanged(true);
    expect(intake.demand).toBe(0);
    arrive('late');
    intake.pauseChanged(false);
    expect(intake.demand).toBe(2);
    expect(effects.log).toEqual(['paused true', 'nak late 5', 'paused false']);
  });
});
