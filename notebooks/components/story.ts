import type { StoryData } from '../data/story.ts';
import { digits, percent, say } from './elements.ts';

/** The notebooks in the order of the argument, each with what it finds. */
export function storyView(story: StoryData): HTMLElement {
  const { target, accuracy, capacity, audit, before, breaks, coalescing } = story;
  const servedShare = (one: (typeof breaks)[number]): number => one.clientsOpen / one.clientsAsked;
  const worst = breaks.reduce((most, one) =>
    servedShare(one) < servedShare(most) ||
    (servedShare(one) === servedShare(most) && one.messagesLost > most.messagesLost)
      ? one
      : most,
  );
  const list = document.createElement('ol');
  list.className = 'story';
  list.append(
    page(
      'the-machine',
      'The machine',
      say`${digits(target.connections)} clients at ${target.ratePerSecond} messages/s take ${percent(target.utilisation)} of the ${target.firstLimit} that may be used on an ${target.name}, which comes first: at that rate it holds ${digits(target.connectionsMost)} (${digits(target.connectionsLow)} to ${digits(target.connectionsHigh)}, as fast as its cores may be). Change anything and see.`,
    ),
    page(
      'predicted-against-measured',
      'Predicted against measured',
      say`Is that true? Over ${accuracy.loads} loads run for real that leave the machine room, the mean error, nothing counted as zero, is ${accuracy.metrics.map(({ metric, meanPercent }) => `${digits(meanPercent)} % for ${metric}`).join(', ')}.`,
    ),
    page(
      'capacity',
      'Capacity',
      say`Which loads fit, where latency turns up, what a client costs: p99 is ${digits(capacity.p99Ms)} ms at ${digits(capacity.ratePerSecond)} messages/s and ${digits(capacity.p99MsLast)} ms past the network card's limit.`,
    ),
    page(
      'the-document-audited',
      'The document, audited',
      say`The document that this project implements makes ${audit.claims} claims: ${audit.consistent} hold, ${audit.refuted} are refuted, each by arithmetic, simulation or a live run.`,
    ),
    page(
      'before-and-after',
      'Before and after',
      say`Its two optimisations, recomputed: memory goes from ${percent(before.memoryBefore)} to ${percent(before.memoryAfter)} of the limit, and the index visits fewer connections, which is not the CPU that it is said to save.`,
    ),
    page(
      'when-it-breaks',
      'When it breaks',
      say`${breaks.length} ways to break it, second by second. The worst is "${worst.title}": without the right remedy it ends with ${digits(worst.clientsOpen)} of ${digits(worst.clientsAsked)} clients served, and ${digits(worst.messagesLost)} deliveries lost.`,
    ),
    page(
      'coalescing',
      'Coalescing',
      say`What makes it cheap: merging writes takes a message from ${digits(coalescing.single)} to ${digits(coalescing.merged)} µs of CPU and p99 from ${digits(coalescing.p99MsSingle)} to ${digits(coalescing.p99MsMerged)} ms (${coalescing.load} messages/s), beside other servers measured in the same run.`,
    ),
  );
  return list;
}

function page(name: string, title: string, words: HTMLElement): HTMLElement {
  const item = document.createElement('li');
  const heading = document.createElement('h2');
  const link = document.createElement('a');
  link.href = `./${name}.html`;
  link.textContent = title;
  heading.append(link);
  item.append(heading, words);
  return item;
}
