// All shares, as a list that can be searched, filtered and sorted.
import type { Share } from '../api';
import { Bar, h, icon, setAttribute, setText } from '../dom';
import * as format from '../format';
import { part, stateOf, summary, trouble } from '../share_text';
import type { Store } from '../store';
import { type Row, VirtualList } from '../virtual_list';

const ROW_HEIGHT = 76;

const FILTERS: Record<string, [string, (share: Share) => boolean]> = {
  all: ['All', () => true],
  active: ['Active', (share) => share.down_rate > 0 || share.up_rate > 0],
  downloads: ['Downloads', (share) => share.kind === 'get'],
  shares: ['Shared from here', (share) => share.kind !== 'get'],
  paused: ['Paused', (share) => share.state === 'paused'],
  trouble: ['Trouble', (share) => share.error !== null || share.state === 'waiting' || share.warnings.length > 0],
};

const ORDERS: Record<string, [string, (a: Share, b: Share) => number]> = {
  newest: ['Newest first', (a, b) => b.id - a.id],
  name: ['By name', (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id - b.id],
  size: ['Largest first', (a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || b.id - a.id],
  state: ['By state', (a, b) => a.state.localeCompare(b.state) || b.id - a.id],
};

class ShareRow implements Row<Share> {
  readonly element: HTMLElement;
  private readonly link = h('a', { class: 'row' });
  private readonly badge = h('span', { class: 'badge' });
  private readonly name = h('span', { class: 'name' });
  private readonly bar = new Bar('Progress');
  private readonly summary = h('span', { class: 'summary' });
  private readonly down = h('span', { class: 'rate down' });
  private readonly up = h('span', { class: 'rate up' });
  private readonly peers = h('span', { class: 'peers' });
  private shownIcon = '';

  constructor(private readonly selected: () => number | null) {
    this.link.append(this.badge, h('span', { class: 'main' }, this.name, this.bar.element, this.summary),
                     h('span', { class: 'figures' }, this.down, this.up, this.peers));
    this.element = h('div', { class: 'slot' }, this.link);
  }

  show(share: Share): void {
    const state = stateOf(share);
    const symbol = share.kind === 'folder' && state.tone === 'up' ? 'folder' : state.icon;
    if (this.shownIcon !== symbol) {
      this.shownIcon = symbol;
      this.badge.replaceChildren(icon(symbol));
    }
    setAttribute(this.badge, 'data-tone', state.tone);
    setAttribute(this.link, 'href', `#/shares/${share.id}`);
    if (this.selected() === share.id) setAttribute(this.link, 'aria-current', 'true');
    else this.link.removeAttribute('aria-current');
    setText(this.name, share.name);
    setAttribute(this.name, 'title', share.name);
    setAttribute(this.bar.element, 'aria-label', `Progress of ${share.name}`);
    this.bar.set(part(share), state.tone);
    setText(this.summary, `${state.word} · ${summary(share)}`);
    setAttribute(this.summary, 'data-tone', trouble(share) === '' ? '' : share.error ? 'error' : 'wait');
    setText(this.down, share.down_rate > 0 ? `↓ ${format.rate(share.down_rate)}` : '');
    setText(this.up, share.up_rate > 0 ? `↑ ${format.rate(share.up_rate)}` : '');
    const running = share.peers > 0 || share.connecting > 0;
    setText(this.peers, running ? format.count(share.peers, 'peer', 'peers') : '');
  }
}

export class SharesView {
  readonly element: HTMLElement;
  private readonly list: VirtualList<Share>;
  private readonly search = h('input', { type: 'search', placeholder: 'Search names', 'aria-label': 'Search names',
                                         input: () => this.refresh(true) });
  private readonly filter = h('select', { 'aria-label': 'Which shares', change: () => this.refresh(true) });
  private readonly order = h('select', { 'aria-label': 'Order', change: () => this.refresh(true) });
  private readonly count = h('span', { class: 'count', role: 'status' });
  private readonly empty = h('div', { class: 'empty' });
  private readonly invitation: HTMLElement;
  private listed: number[] = [];
  private generation = -1;

  constructor(private readonly store: Store, selected: () => number | null, add: () => void) {
    for (const [value, [text]] of Object.entries(FILTERS)) this.filter.append(h('option', { value }, text));
    for (const [value, [text]] of Object.entries(ORDERS)) this.order.append(h('option', { value }, text));
    this.list = new VirtualList('Shares', ROW_HEIGHT, () => new ShareRow(selected));
    this.invitation = h('div', { class: 'invitation' }, h('p', { class: 'muted' }, 'Paste a link, drop a .torrent file anywhere '
                          + 'on this page, or share a file or folder of this machine.'),
                        h('button', { class: 'primary', click: add }, icon('add'), 'Add'));
    this.empty.append(h('p', {}, 'Nothing is shared or fetched yet.'), this.invitation);
    this.element = h('section', { class: 'shares', 'aria-label': 'Shares' },
                     h('div', { class: 'toolbar' }, h('span', { class: 'field' }, icon('search'), this.search),
                       this.filter, this.order, this.count),
                     this.list.element, this.empty);
  }

  refresh(again = false): void {
    const { shares, generation } = this.store;
    const live = this.filter.value === 'active' || this.filter.value === 'trouble' || this.order.value === 'size';
    if (again || live || generation !== this.generation) {
      this.generation = generation;
      const wanted = this.search.value.trim().toLowerCase();
      const passes = (FILTERS[this.filter.value] ?? FILTERS['all']!)[1];
      const compare = (ORDERS[this.order.value] ?? ORDERS['newest']!)[1];
      this.listed = [...shares.values()]
        .filter((share) => passes(share) && share.name.toLowerCase().includes(wanted))
        .sort(compare).map((share) => share.id);
    }
    const items = this.listed.map((id) => shares.get(id)).filter((share) => share !== undefined);
    this.list.set(items);
    const nothing = shares.size === 0 && this.store.link === 'live';
    this.empty.hidden = !nothing;
    this.invitation.hidden = this.store.readOnly();
    this.list.element.hidden = nothing;
    setText(this.count, items.length === shares.size ? format.count(shares.size, 'share', 'shares')
      : `${items.length.toLocaleString('en')} of ${format.count(shares.size, 'share', 'shares')}`);
  }
}
