/**
 * The first thing to know, in words: does the shadow agree, is the primary healthy, is the mirror whole, does the
 * gateway keep up. Pure.
 */
import type { LiveMoment, LiveSample } from '../admin/live-sample.ts';
import {
  formatDuration,
  formatExact,
  formatMicroseconds,
  formatRate,
  formatShare,
  plural,
} from './format.ts';

export type Mood = 'good' | 'warning' | 'bad' | 'quiet';

export interface Answer {
  readonly question: string;
  readonly mood: Mood;
  readonly answer: string;
  readonly detail: string;
  /** Where more is told. */
  readonly link: string;
}

/** What "now" means, in seconds. */
const WINDOW_SECONDS = 60;
const BEHIND_SECONDS = 5;
const BUSY_RATIO = 0.9;

/** How much of something there was in the last minute. */
function lately(samples: readonly LiveSample[], read: (sample: LiveSample) => number): number {
  const sinceMs = (samples.at(-1)?.atMs ?? 0) - WINDOW_SECONDS * 1000;
  let total = 0;
  for (const sample of samples) if (sample.atMs > sinceMs) total += read(sample) * sample.seconds;
  return Math.round(total);
}

export function summarize(moment: LiveMoment, samples: readonly LiveSample[]): readonly Answer[] {
  return [
    shadowAnswer(moment, samples),
    primaryAnswer(moment, samples),
    mirrorAnswer(moment, samples),
    gatewayAnswer(moment),
  ];
}

function shadowAnswer(moment: LiveMoment, samples: readonly LiveSample[]): Answer {
  const base = { question: 'Does the shadow agree?', link: '#divergences' };
  const { shadow } = moment.status;
  if (shadow === null)
    return {
      ...base,
      mood: 'quiet',
      answer: 'No shadow',
      detail: 'Nothing is mirrored: shadow.url is not set.',
    };
  if (!shadow.enabled)
    return { ...base, mood: 'warning', answer: 'Switched off', detail: 'shadow.enabled is false.' };
  if (shadow.breaker.open || !shadow.up) {
    const reason = shadow.error === null ? 'it does not answer' : shadow.error;
    return { ...base, mood: 'bad', answer: 'Shadow is down', detail: `Nothing is compared: ${reason}.` };
  }
  const divergent = lately(samples, (sample) => sample.divergentPerSecond);
  const compared = lately(
    samples,
    (sample) =>
      sample.matchPerSecond +
      sample.divergentPerSecond +
      sample.expectedPerSecond +
      sample.unconfirmedPerSecond,
  );
  if (divergent > 0) {
    const share = formatShare(divergent, compared);
    const detail = `${share} of ${formatExact(compared)} compared in the last minute.`;
    return {
      ...base,
      mood: 'bad',
      answer: `${plural(divergent, 'reply differs', 'replies differ')}`,
      detail,
    };
  }
  const earlier =
    moment.divergences > 0 ? ` ${plural(moment.divergences, 'divergence')} on record from before.` : '';
  if (compared === 0)
    return {
      ...base,
      mood: 'quiet',
      answer: 'No traffic',
      detail: `Nothing compared in the last minute.${earlier}`,
    };
  const detail = `All of ${formatExact(compared)} compared in the last minute.${earlier}`;
  return { ...base, mood: earlier === '' ? 'good' : 'warning', answer: 'Yes', detail };
}

function primaryAnswer(moment: LiveMoment, samples: readonly LiveSample[]): Answer {
  const base = { question: 'Is the primary healthy?', link: '#servers' };
  const { primary } = moment.status;
  if (!primary.up)
    return { ...base, mood: 'bad', answer: 'Down', detail: `Commands are not answered: ${primary.error}.` };
  const failed = lately(samples, (sample) => sample.failedPerSecond);
  const nodes = moment.nodes.filter(({ target, up }) => target === 'primary' && !up).length;
  const { sample } = moment;
  const p99 = sample.primaryP99Us === null ? '' : `, p99 ${formatMicroseconds(sample.primaryP99Us)}`;
  const errors = formatShare(sample.errorsPerSecond, sample.commandsPerSecond);
  const detail = `${formatRate(sample.commandsPerSecond)}${p99}, ${errors === '–' ? 'no' : errors} error replies.`;
  if (failed > 0)
    return { ...base, mood: 'bad', answer: `${plural(failed, 'command')} without reply`, detail };
  if (nodes > 0) return { ...base, mood: 'warning', answer: `${plural(nodes, 'node')} down`, detail };
  return { ...base, mood: 'good', answer: 'Yes', detail };
}

function mirrorAnswer(moment: LiveMoment, samples: readonly LiveSample[]): Answer {
  const base = { question: 'Is the mirror complete?', link: '#servers' };
  const { shadow } = moment.status;
  if (shadow === null) return { ...base, mood: 'quiet', answer: 'No mirror', detail: 'There is no shadow.' };
  const dropped = lately(samples, (sample) => sample.droppedPerSecond);
  const lost = dropped > 0 ? `${plural(dropped, 'command')} not mirrored in the last minute.` : '';
  const queue = `Queue: ${plural(shadow.queue.commands, 'command')}.`;
  if (shadow.dirty.slots > 0) {
    const answer = `${plural(shadow.dirty.slots, 'dirty slot')}`;
    return {
      ...base,
      mood: 'warning',
      answer,
      detail: lost || `Their keys may differ on the shadow. ${queue}`,
    };
  }
  if (shadow.queue.lagSeconds >= BEHIND_SECONDS)
    return {
      ...base,
      mood: 'warning',
      answer: `${formatDuration(shadow.queue.lagSeconds)} behind`,
      detail: queue,
    };
  if (dropped > 0) return { ...base, mood: 'warning', answer: 'No', detail: lost };
  const sample = shadow.sample < 1 ? ` A sample of ${formatShare(shadow.sample, 1)} of all keys.` : '';
  return { ...base, mood: 'good', answer: 'Yes', detail: `No dirty slots. ${queue}${sample}` };
}

function gatewayAnswer(moment: LiveMoment): Answer {
  const base = { question: 'Does the gateway keep up?', link: '#servers' };
  const { status, workers } = moment;
  const busiest = Math.max(0, ...workers.map(({ busyRatio }) => busyRatio));
  const detail =
    `${plural(status.sessions, 'client')}, ${plural(status.workers, 'worker')}, ` +
    `the busiest ${formatShare(busiest, 1)} busy.`;
  if (status.state !== 'running')
    return { ...base, mood: 'warning', answer: `It is ${status.state}`, detail };
  if (busiest >= BUSY_RATIO) return { ...base, mood: 'warning', answer: 'Hardly', detail };
  return { ...base, mood: 'good', answer: 'Yes', detail };
}
