// One listed share and its swarm, with a history as long as it is looked at: the tracker keeps none.
import { h, keys, setText } from '../dom';
import { Facts } from '../facts';
import * as format from '../format';
import { Ring } from '../history';
import { copyLink } from '../message';
import { RateChart } from '../rate_chart';
import { type ListedShare, share } from './api';

const CHART_HEIGHT = 180;

export class Swarm {
  readonly element: HTMLElement;
  private readonly heading = h('h2', { tabindex: -1 });
  private readonly gone = h('p', { class: 'why' }, 'Nobody has this share at present, or it is not listed here.');
  private readonly facts = new Facts();
  private readonly open = h('a', { class: 'button' }, 'Open the link');
  private readonly copy = h('button', { type: 'button', click: () => void copyLink(this.link) }, 'Copy the link');
  private readonly ring = new Ring();
  private readonly chart = new RateChart(CHART_HEIGHT, {
    what: 'Seeds and leeches', value: (peers) => (Number.isInteger(peers) ? String(peers) : ''), least: 4,
    now: (seeds, leeches) => `${format.count(seeds, 'seed', 'seeds')} and ${format.count(leeches, 'leech', 'leeches')}`,
  });
  private link = '';
  private ended = false;

  constructor(private readonly infoHash: string) {
    this.gone.hidden = true;
    this.element = h('section', { class: 'block' }, h('p', {}, h('a', { href: '#/' }, 'All shares')), this.heading, this.gone,
                     h('div', { class: 'actions' }, this.open, this.copy), this.facts.element, this.chart.element,
                     keys(['had', 'seeds'], ['up', 'leeches']));
    this.facts.set('Info-hash', infoHash, true);
  }

  focus(): void {
    this.heading.focus();
  }

  /** Once a second. */
  async look(): Promise<void> {
    const found = await share(this.infoHash);
    if (this.ended) return;
    this.gone.hidden = found !== null;
    this.ring.add(found?.seeds ?? 0, found?.leeches ?? 0);
    this.chart.show(this.ring);
    if (found) this.show(found);
    else if (this.link === '') setText(this.heading, 'Not listed');
    this.open.hidden = this.copy.hidden = this.link === '';
  }

  destroy(): void {
    this.ended = true;
    this.chart.destroy();
  }

  private show(found: ListedShare): void {
    setText(this.heading, found.name);
    // Not another scheme, whatever has answered.
    if (found.link !== this.link && found.link.startsWith('magnet:?')) {
      this.link = found.link;
      this.open.href = found.link;
    }
    this.facts.set('Size', format.bytes(found.bytes));
    this.facts.set('Files', found.files.toLocaleString('en'));
    this.facts.set('Seeds', found.seeds.toLocaleString('en'));
    this.facts.set('Leeches', found.leeches.toLocaleString('en'));
    this.facts.set('Listed', `${format.duration(found.age)} ago`);
  }
}
