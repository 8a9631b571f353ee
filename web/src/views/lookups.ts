// The DHT's look-ups: those that are under way, and the latest that have ended.
import type { DhtLookup } from '../api';
import { h, setText } from '../dom';
import * as format from '../format';

const seconds = (time: number): string => time < 10 ? `${time.toFixed(1)} s` : format.duration(time);

function purpose(lookup: DhtLookup): string {
  if (lookup.for === 'upkeep') return 'keeping the table';
  return lookup.share ?? 'a share that is gone';
}

/** How far it is, or how it ended. */
function outcome(lookup: DhtLookup): string {
  switch (lookup.stage) {
    case 'waiting': return 'waits for its turn';
    case 'looking': return 'asks nodes';
    case 'announcing': return `announces: ${format.count(lookup.announced, 'node', 'nodes')} so far`;
    case 'done': break;
    default: return lookup.stage;
  }
  if (lookup.answered === 0) return lookup.asked === 0 ? 'knew nobody to ask' : 'nobody answered';
  if (lookup.for === 'upkeep') return 'done';
  const found = `${format.count(lookup.peers, 'peer', 'peers')} found`;
  return lookup.for === 'announce' ? `${found}, announced to ${format.count(lookup.announced, 'node', 'nodes')}` : found;
}

function time(lookup: DhtLookup): string {
  if (lookup.took === null) return `for ${seconds(lookup.age)}`;
  return `${seconds(lookup.took)}, ${seconds(lookup.age - lookup.took)} ago`;
}

class LookupRow {
  private readonly purpose = h('span', { class: 'address' });
  private readonly target = h('span', { class: 'muted' });
  private readonly outcome = h('td');
  private readonly answered = h('td', { class: 'number wide' });
  private readonly prefix = h('td', { class: 'number wide' });
  private readonly time = h('td', { class: 'number' });
  readonly element = h('tr', {}, h('td', {}, this.purpose, this.target), this.outcome, this.answered, this.prefix,
                       this.time);

  show(lookup: DhtLookup): void {
    setText(this.purpose, purpose(lookup));
    setText(this.target, `${lookup.target}…`);
    setText(this.outcome, outcome(lookup));
    setText(this.answered, `${lookup.answered} of ${lookup.asked}`);
    setText(this.prefix, lookup.closest_prefix === null ? '–' : format.count(lookup.closest_prefix, 'bit', 'bits'));
    setText(this.time, time(lookup));
    this.element.dataset.stage = lookup.stage;
  }
}

export class LookupsTable {
  private readonly body = h('tbody');
  private readonly rows: LookupRow[] = [];
  private readonly none = h('p', { class: 'muted' }, 'No look-up yet.');
  private readonly table: HTMLElement;
  readonly element: HTMLElement;

  constructor() {
    const head = (text: string, kind = '') => h('th', { scope: 'col', class: kind }, text);
    this.table = h('table', { class: 'table lookups' },
                   h('thead', {}, h('tr', {}, head('Look-up'), head('State'), head('Answered', 'number wide'),
                     head('Closest', 'number wide'), head('Time', 'number'))),
                   this.body);
    this.element = h('div', {}, this.table, this.none);
  }

  show(lookups: DhtLookup[]): void {
    while (this.rows.length > lookups.length) this.rows.pop()?.element.remove();
    while (this.rows.length < lookups.length) {
      const row = new LookupRow();
      this.rows.push(row);
      this.body.append(row.element);
    }
    this.rows.forEach((row, index) => row.show(lookups[index]!));
    this.table.hidden = lookups.length === 0;
    this.none.hidden = lookups.length > 0;
  }
}
