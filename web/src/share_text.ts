// What a share does, in words.
import type { Share } from './api';
import * as format from './format';

export interface StateText { word: string; tone: string; icon: string }

const STATES: Record<string, StateText> = {
  hashing: { word: 'Hashing', tone: 'work', icon: 'wait' },
  checking: { word: 'Checking', tone: 'work', icon: 'wait' },
  waiting: { word: 'Waiting', tone: 'wait', icon: 'wait' },
  downloading: { word: 'Downloading', tone: 'down', icon: 'down' },
  seeding: { word: 'Seeding', tone: 'up', icon: 'up' },
  complete: { word: 'Complete', tone: 'done', icon: 'done' },
  paused: { word: 'Paused', tone: 'off', icon: 'pause' },
  error: { word: 'Error', tone: 'error', icon: 'alert' },
  removing: { word: 'Removing', tone: 'off', icon: 'remove' },
};

export function stateOf(share: Share): StateText {
  return STATES[share.state] ?? { word: share.state, tone: 'off', icon: 'wait' };
}

export function part(share: Share): number {
  if (share.of > 0) return Math.min(1, share.done / share.of);
  return share.state === 'complete' || share.state === 'seeding' ? 1 : 0;
}

/** Why nothing moves; empty while something does, or nothing has to. */
export function trouble(share: Share): string {
  if (share.error) return share.error.message;
  if (share.state === 'waiting') return share.reason || share.trouble || share.discovery;
  if (share.state === 'downloading' && share.down_rate === 0) return share.reason || share.trouble;
  return '';
}

/** "1.2 GB of 4.5 GB · 12 min left", or why nothing moves. */
export function summary(share: Share): string {
  const why = trouble(share);
  if (why) return why;
  const size = share.bytes === null ? 'size not known yet' : format.bytes(share.bytes);
  const whole = share.of > 0 && share.done < share.of;
  const parts = [whole ? `${format.bytes(share.done)} of ${format.bytes(share.of)}` : size];
  if (whole && share.down_rate > 0) parts.push(`${format.duration((share.of - share.done) / share.down_rate)} left`);
  else if (whole && share.reason) parts.push(share.reason);
  if (share.files !== null && share.files > 1) parts.push(format.count(share.files, 'file', 'files'));
  if (!whole && share.uploaded > 0) parts.push(`${format.bytes(share.uploaded)} uploaded`);
  return parts.join(' · ');
}
