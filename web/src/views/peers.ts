// The peers of one share, as a table.
import type { Peer } from '../api';
import { Bar, h, setAttribute, setText } from '../dom';
import * as format from '../format';

const FOUND: Record<string, string> = {
  dht: 'DHT', tracker: 'tracker', lan: 'local network', given: 'given', exchange: 'peer exchange', met: 'came to us',
};
const ROWS_MAX = 200;

function client(peer: Peer): string {
  return peer.client || 'unknown client';
}

function wire(peer: Peer): string {
  const name = peer.wire === 'bittorrent' ? 'BitTorrent' : peer.wire;
  return `${name} v${peer.wire_version}, ${peer.encrypted ? 'encrypted' : 'plain'}`;
}

/** What the two do for each other. */
function relation(peer: Peer): string {
  const parts = [];
  if (peer.serves_us && peer.wanted) parts.push('sends to us');
  else if (peer.wanted) parts.push('makes us wait');
  if (peer.served) parts.push('served by us');
  return parts.join(', ') || 'idle';
}

class PeerRow {
  readonly element: HTMLElement;
  private readonly address = h('span', { class: 'address' });
  private readonly client = h('span', { class: 'muted' });
  private readonly bar = new Bar('Has');
  private readonly has = h('span', { class: 'number' });
  private readonly down = h('td', { class: 'number' });
  private readonly up = h('td', { class: 'number' });
  private readonly relation = h('td', { class: 'wide' });
  private readonly wire = h('td', { class: 'wide' });
  private readonly found = h('td', { class: 'wide' });

  constructor() {
    this.element = h('tr', {}, h('td', {}, this.address, this.client),
                     h('td', { class: 'has' }, this.bar.element, this.has), this.down, this.up, this.relation, this.wire,
                     this.found);
  }

  show(peer: Peer): void {
    setText(this.address, peer.address);
    setText(this.client, client(peer));
    const part = peer.of_chunks > 0 ? peer.chunks / peer.of_chunks : 0;
    setAttribute(this.bar.element, 'aria-label', `What ${peer.address} has`);
    this.bar.set(part, part >= 1 ? 'done' : 'down');
    setText(this.has, peer.of_chunks > 0 ? format.percent(part) : '?');
    setText(this.down, peer.down_rate > 0 ? format.rate(peer.down_rate) : '–');
    setText(this.up, peer.up_rate > 0 ? format.rate(peer.up_rate) : '–');
    setText(this.relation, relation(peer));
    setText(this.wire, wire(peer));
    setText(this.found, peer.incoming ? 'came to us' : FOUND[peer.found_by] ?? peer.found_by);
  }
}

export class PeersTable {
  readonly element: HTMLElement;
  private readonly body = h('tbody');
  private readonly rows: PeerRow[] = [];
  private readonly more = h('p', { class: 'muted' });
  private readonly table: HTMLElement;

  constructor() {
    const head = (text: string, kind = '') => h('th', { scope: 'col', class: kind }, text);
    this.table = h('table', { class: 'table' },
                   h('thead', {}, h('tr', {}, head('Peer'), head('Has'), head('Down', 'number'), head('Up', 'number'),
                     head('Relation', 'wide'), head('Wire', 'wide'), head('Found by', 'wide'))),
                   this.body);
    this.element = h('div', {}, this.table, this.more);
  }

  show(peers: Peer[]): void {
    const sorted = [...peers].sort((a, b) => b.down_rate + b.up_rate - a.down_rate - a.up_rate
      || a.address.localeCompare(b.address));
    const shown = Math.min(sorted.length, ROWS_MAX);
    while (this.rows.length > shown) this.rows.pop()?.element.remove();
    while (this.rows.length < shown) {
      const row = new PeerRow();
      this.rows.push(row);
      this.body.append(row.element);
    }
    this.rows.forEach((row, index) => row.show(sorted[index]!));
    this.table.hidden = shown === 0;
    setText(this.more, peers.length === 0 ? 'No peer is connected.'
      : peers.length > shown ? `and ${format.count(peers.length - shown, 'more peer', 'more peers')}` : '');
  }
}
