// The catalogue, a page of it at a time: searched and sorted by the tracker.
import { h, icon, setText } from '../dom';
import * as format from '../format';
import { type ListedShare, Refused, type SharePage, search } from './api';

/** So long after the last letter the tracker is asked. */
const TYPED_MS = 300;
/** The list that is looked at is asked for again this often. */
const AGAIN_MS = 15_000;

const ORDERS = [['seeds', 'Most seeds first'], ['age', 'Newest first'], ['size', 'Largest first'], ['name', 'By name']];

function row(share: ListedShare): HTMLElement {
  const seeds = h('span', { class: 'rate down' }, format.count(share.seeds, 'seed', 'seeds'));
  const leeches = h('span', { class: 'rate up' }, format.count(share.leeches, 'leech', 'leeches'));
  return h('li', {}, h('a', { class: 'row', href: `#/swarm/${share.info_hash}` },
    h('span', { class: 'main' }, h('span', { class: 'name', title: share.name }, share.name),
      h('span', { class: 'summary' }, `${format.bytes(share.bytes)} · ${format.count(share.files, 'file', 'files')} · listed ${
        format.duration(share.age)} ago`)),
    h('span', { class: 'figures' }, seeds, leeches)));
}

export class Catalogue {
  readonly element: HTMLElement;
  private readonly wanted = h('input', { type: 'search', placeholder: 'Search names', 'aria-label': 'Search names',
                                         maxlength: 80, input: () => this.typed() });
  private readonly order = h('select', { 'aria-label': 'Order', change: () => this.go(1) });
  private readonly list = h('ol', { class: 'listed', 'aria-label': 'Shares' });
  private readonly count = h('span', { class: 'count', role: 'status' });
  private readonly trouble = h('p', { class: 'why' });
  private readonly place = h('span', { class: 'muted' });
  private readonly before = h('button', { type: 'button', click: () => this.go(this.page - 1) }, 'Previous');
  private readonly after = h('button', { type: 'button', click: () => this.go(this.page + 1) }, 'Next');
  private readonly pager = h('nav', { class: 'pager', 'aria-label': 'Pages of the list' }, this.before, this.place, this.after);
  private page = 1;
  private timer: number | undefined;
  private asking: AbortController | null = null;
  private shown = '';

  constructor() {
    for (const [value, text] of ORDERS) this.order.append(h('option', { value: value! }, text!));
    this.trouble.hidden = true;
    this.element = h('section', { class: 'block' }, h('h2', {}, 'Shares'),
                     h('div', { class: 'toolbar' }, h('span', { class: 'field' }, icon('search'), this.wanted), this.order,
                       this.count),
                     this.trouble, this.list, this.pager);
    setInterval(() => {
      if (!document.hidden && this.element.isConnected) void this.ask();
    }, AGAIN_MS);
    void this.ask();
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(1), TYPED_MS);
  }

  private go(page: number): void {
    this.page = page;
    void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = this.asking = new AbortController();
    try {
      this.show(await search(this.wanted.value.trim(), this.order.value, this.page, asking.signal));
    } catch (error) {
      if (asking.signal.aborted) return;
      this.complain(error instanceof Refused ? error.message : 'The tracker does not answer.');
    }
  }

  private complain(text: string): void {
    this.trouble.hidden = text === '';
    setText(this.trouble, text);
  }

  private show(found: SharePage): void {
    this.complain('');
    const nothing = this.wanted.value.trim() === '' ? 'Nothing is listed yet.' : 'No share has such a name.';
    setText(this.count, found.total === 0 ? nothing : format.count(found.total, 'share', 'shares'));
    // Rows that are the same stay, with the focus on them.
    const now = JSON.stringify(found.shares);
    if (now !== this.shown) {
      const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
      this.list.replaceChildren(...found.shares.map(row));
      if (focused) this.list.querySelector<HTMLElement>(`a[href="${CSS.escape(focused)}"]`)?.focus();
      this.shown = now;
    }
    this.pager.hidden = found.pages <= 1;
    this.before.disabled = found.page <= 1;
    this.after.disabled = found.page >= found.pages;
    setText(this.place, `${found.page} of ${found.pages}`);
  }
}
