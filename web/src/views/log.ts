// The latest lines that the daemon has shown.
import { api, type LogLine } from '../api';
import { h, setText } from '../dom';
import * as format from '../format';
import type { Store } from '../store';

const LOOK_EVERY_MS = 2000;
const LINES_MAX = 500;

export class LogView {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'log', tabindex: 0, 'aria-label': 'Log, the newest line first' });
  private readonly empty = h('p', { class: 'muted' }, 'Nothing worth mentioning has happened since the start.');
  private readonly timer: number;
  private last = 0;

  constructor(private readonly store: Store) {
    this.element = h('section', { class: 'page', 'aria-label': 'Log' },
                     h('section', { class: 'block' }, h('h2', {}, 'Log'), this.empty, this.list));
    this.list.hidden = true;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  destroy(): void {
    clearInterval(this.timer);
  }

  refresh(): void {
    if (this.store.noticed) void this.look();
  }

  private async look(): Promise<void> {
    if (document.hidden || this.store.link !== 'live') return;
    this.store.noticed = false;
    try {
      for (const line of await api.log(this.last)) {
        if (line.number > this.last) this.show(line);
      }
    } catch {
      // The events say what is wrong.
    }
  }

  private show(line: LogLine): void {
    this.last = line.number;
    const share = line.id === undefined ? null : this.store.shares.get(line.id);
    const time = h('time', { datetime: new Date(line.time * 1000).toISOString(), title: format.date(line.time) });
    setText(time, format.clock(line.time));
    this.list.prepend(h('li', {}, time, h('span', {},
      share ? h('a', { href: `#/shares/${share.id}` }, share.name) : null, share ? ': ' : null, line.message)));
    while (this.list.childElementCount > LINES_MAX) this.list.lastElementChild!.remove();
    this.list.hidden = false;
    this.empty.hidden = true;
  }
}
