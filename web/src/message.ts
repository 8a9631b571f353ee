// One line at the bottom that says what came of an action, for screen readers too; and the actions that end with it.
import { ApiError } from './api';
import { h, setText } from './dom';

const line = h('div', { class: 'message', role: 'status' });
let timer: number | undefined;

export function messageLine(): HTMLElement {
  return line;
}

export function say(text: string, tone: 'good' | 'bad' = 'good'): void {
  setText(line, text);
  line.dataset.tone = tone;
  clearTimeout(timer);
  timer = setTimeout(() => setText(line, ''), tone === 'bad' ? 12000 : 4000);
}

/** Runs an action; a refusal is shown. Whether it succeeded. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    say(error instanceof ApiError ? error.message : 'The daemon does not answer.', 'bad');
    return false;
  }
}

/** Puts a share's link into the clipboard; where a page may not, shows it. */
export async function copyLink(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    say('The link is in the clipboard.');
  } catch {
    say(link);  // a page that did not come over HTTPS or from this machine may not write there
  }
}
