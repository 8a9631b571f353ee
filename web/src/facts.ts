// Names and values, as a definition list.
import { h, setText } from './dom';

export class Facts {
  readonly element = h('dl', { class: 'facts' });
  private readonly values = new Map<string, HTMLElement>();

  /** An empty value hides the fact. `long`: it gets a line of its own. */
  set(name: string, value: string, long = false): void {
    let cell = this.values.get(name);
    if (!cell) {
      cell = h('dd');
      this.values.set(name, cell);
      this.element.append(h('div', { class: long ? 'long' : undefined }, h('dt', {}, name), cell));
    }
    cell.parentElement!.hidden = value === '';
    setText(cell, value);
  }
}
