// The daemon and its DHT node.
import { api, type Dht, type DhtFamily } from '../api';
import { h, setAttribute, setText } from '../dom';
import { Facts } from '../facts';
import * as format from '../format';
import { attempt, say } from '../message';
import { RateChart, rateKeys } from '../rate_chart';
import type { Store } from '../store';
import { LookupsTable } from './lookups';
import { SettingsForm } from './settings';

const LOOK_EVERY_MS = 2000;
const CHART_HEIGHT = 200;

/** How full the buckets of a routing table are: the first ones hold nodes far from us, of which there are most.
    Hidden until there is one to show: an image without a name is nothing to somebody who can't see it. */
class Buckets {
  readonly element = h('div', { class: 'buckets', role: 'img', hidden: true });

  show(family: DhtFamily): void {
    this.element.hidden = false;
    const fullest = Math.max(8, ...family.buckets);
    while (this.element.childElementCount > family.buckets.length) this.element.lastElementChild!.remove();
    while (this.element.childElementCount < family.buckets.length) this.element.append(h('i'));
    family.buckets.forEach((nodes, index) => {
      const bar = this.element.children[index] as HTMLElement;
      bar.style.height = `${Math.max(4, 100 * nodes / fullest)}%`;
      bar.title = `bucket ${index}: ${format.count(nodes, 'node', 'nodes')}`;
    });
    setAttribute(this.element, 'aria-label',
                 `Nodes in ${family.buckets.length} buckets of the ${family.family} table: ${family.buckets.join(', ')}`);
  }
}

/** What is typed for a limit. It follows the daemon's until somebody begins to write another one. */
class LimitField {
  readonly element = h('input', { type: 'text', placeholder: 'unlimited' });
  private shown = '';

  show(limit: number): void {
    const text = limit > 0 ? format.rate(limit) : '';
    if (this.element.value === this.shown) this.element.value = text;
    this.shown = text;
  }

  /** Bytes per second, 0 for no limit; null if it can't be read. */
  typed(): number | null {
    return format.parseRate(this.element.value);
  }

  /** `text` is the daemon's limit now: while nobody writes on, it may become what the daemon calls it. */
  accepted(text: string): void {
    this.shown = text;
  }
}

export class NetworkView {
  readonly element: HTMLElement;
  private readonly daemon = new Facts();
  private readonly chart = new RateChart(CHART_HEIGHT);
  private readonly tables = [new Facts(), new Facts()];
  private readonly buckets = [new Buckets(), new Buckets()];
  private readonly counters = new Facts();
  private readonly lookups = new LookupsTable();
  private readonly dhtLine = h('p', { class: 'muted' });
  private readonly dhtBlock: HTMLElement;
  private readonly up = new LimitField();
  private readonly down = new LimitField();
  private readonly settings = new SettingsForm();
  private readonly settingsBlock: HTMLElement;
  private readonly timer: number;

  constructor(private readonly store: Store) {
    const limits = h('form', { class: 'limits', submit: (event) => void this.limit(event) },
                     h('label', {}, h('span', {}, 'Download'), this.down.element),
                     h('label', {}, h('span', {}, 'Upload'), this.up.element),
                     h('button', { type: 'submit' }, 'Set limits'));
    this.dhtBlock = h('div', {}, h('div', { class: 'columns' }, ...this.tables.map((table, index) =>
      h('div', {}, table.element, this.buckets[index]!.element))), this.counters.element,
      h('h3', {}, 'Look-ups'), this.lookups.element);
    this.settingsBlock = h('section', { class: 'block' }, h('h2', {}, 'Settings'), this.settings.element,
                           h('p', { class: 'muted' }, 'Of all shares together, until the process ends; those of its '
                             + 'command line or config.json count again at the next start. If encryption is required, '
                             + 'connections in the clear end.'));
    this.element = h('section', { class: 'page', 'aria-label': 'Network' },
                     h('section', { class: 'block' }, h('h2', {}, 'All shares together'), this.chart.element,
                       rateKeys()),
                     h('section', { class: 'block' }, h('h2', {}, 'Limits'), limits,
                       h('p', { class: 'muted' }, 'Of all shares together, e.g. 2 MB/s or 8 Mbit/s, until the process '
                         + 'ends; those of its command line or config.json count again at the next start.')),
                     this.settingsBlock,
                     h('section', { class: 'block' }, h('h2', {}, 'DHT'), this.dhtLine, this.dhtBlock),
                     h('section', { class: 'block' }, h('h2', {}, 'Process'), this.daemon.element));
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  destroy(): void {
    clearInterval(this.timer);
    this.chart.destroy();
  }

  refresh(): void {
    this.chart.show(this.store.history.total);
    const daemon = this.store.daemon;
    if (!daemon) return;
    const { settings } = daemon;
    const yes = (on: boolean) => on ? 'on' : 'off';
    this.daemon.set('Version', this.store.version);
    this.daemon.set('Listens on', daemon.listening);
    this.daemon.set('Running since', format.date(daemon.started));
    this.daemon.set('State', daemon.state);
    this.daemon.set('Local network', yes(settings.lan));
    this.daemon.set('Port mapping', daemon.router.message || yes(settings.port_map));
    this.daemon.set('Encryption', settings.must_hide ? 'required' : 'between stp peers; others as they can');
    this.daemon.set('Process', String(daemon.pid));
    this.settingsBlock.hidden = daemon.read_only === true;
    this.settings.show(settings);
    this.down.show(settings.down_limit);
    this.up.show(settings.up_limit);
  }

  private async look(): Promise<void> {
    if (document.hidden || this.store.link !== 'live') return;
    try {
      this.showDht(await api.dht());
    } catch {
      // The events say what is wrong.
    }
  }

  private showDht(dht: Dht | null): void {
    this.dhtBlock.hidden = dht === null;
    setText(this.dhtLine, dht ? this.store.daemon?.dht ?? '' : 'It runs without DHT.');
    if (!dht) return;
    dht.families.forEach((family, index) => {
      const facts = this.tables[index];
      facts?.set(family.family, `${format.count(family.nodes, 'node', 'nodes')}, ${family.good} of them good`);
      facts?.set('Our id', family.id);
      facts?.set('Seen as', family.seen_as ?? 'not known yet');
      this.buckets[index]?.show(family);
    });
    this.lookups.show(dht.lookup_list);
    this.counters.set('Look-ups now', String(dht.lookups));
    this.counters.set('Stored for others', `${format.count(dht.stored_peers, 'peer', 'peers')} under ${
      format.count(dht.stored_keys, 'key', 'keys')}`);
    this.counters.set('Asked', `${dht.queries_out.toLocaleString('en')}, answered ${
      dht.answers_in.toLocaleString('en')}, given up ${dht.timeouts.toLocaleString('en')}`);
    this.counters.set('Were asked', `${dht.queries_in.toLocaleString('en')}, answered ${
      dht.queries_answered.toLocaleString('en')}`);
    this.counters.set('Traffic', `${format.bytes(dht.bytes_in)} in, ${format.bytes(dht.bytes_out)} out`);
  }

  private async limit(event: Event): Promise<void> {
    event.preventDefault();
    const up = this.up.typed();
    const down = this.down.typed();
    if (up === null || down === null) return say('Write a rate as in 2 MB/s or 8 Mbit/s, or nothing for no limit.', 'bad');
    const sent = [this.up, this.down].map((field) => ({ field, text: field.element.value }));
    if (!await attempt(() => api.limits(up, down))) return;
    for (const { field, text } of sent) field.accepted(text);
    say('The limits are set.');
  }
}
