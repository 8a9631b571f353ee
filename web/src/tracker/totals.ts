// What the tracker does as a whole: figures, and announces per second.
import { h, keys } from '../dom';
import { Facts } from '../facts';
import * as format from '../format';
import { Ring } from '../history';
import { RateChart } from '../rate_chart';
import type { Stats } from './api';

const CHART_HEIGHT = 180;
/** The tracker's figures are up to a second old: over so many samples a rate does not jump. */
const WINDOW = 5;

export const perSecond = (rate: number): string => `${rate >= 99.5 || rate === 0 ? rate.toFixed(0) : rate.toFixed(1)}/s`;

interface Sample {
  at: number;  // ms
  stats: Stats;
}

export class Totals {
  readonly element: HTMLElement;
  announces = 0;  // per second
  private readonly facts = new Facts();
  private readonly ring = new Ring();
  private readonly samples: Sample[] = [];
  private readonly chart = new RateChart(CHART_HEIGHT, {
    what: 'Announces and other requests per second', value: perSecond, least: 1,
    now: (announces, others) => `${perSecond(announces)} and ${perSecond(others)}`,
  });

  constructor() {
    this.element = h('section', { class: 'block' }, h('h2', {}, 'This tracker'), this.facts.element, this.chart.element,
                     keys(['had', 'announces'], ['up', 'scrapes, refusals, catalogue']));
  }

  add(stats: Stats): void {
    const now: Sample = { at: performance.now(), stats };
    const before = this.samples[0];
    this.samples.push(now);
    if (this.samples.length > WINDOW) this.samples.shift();
    const seconds = before ? (now.at - before.at) / 1000 : 0;
    // A tracker that was started again counts from 0.
    const rate = (count: (of: Stats) => number) =>
      before && seconds > 0 ? Math.max(0, count(stats) - count(before.stats)) / seconds : 0;
    this.announces = rate((of) => of.announces);
    this.ring.add(this.announces, rate((of) => of.scrapes + of.failures + of.catalogue));
    this.show(stats);
  }

  private show(stats: Stats): void {
    const number = (count: number) => count.toLocaleString('en');
    const peers = stats.peers4 + stats.peers6;
    this.facts.set('Peers', `${number(peers)}, ${number(stats.seeds)} of them seeds`);
    this.facts.set('By family', `${number(stats.peers4)} IPv4, ${number(stats.peers6)} IPv6`);
    this.facts.set('Swarms', number(stats.swarms));
    this.facts.set('Shares listed', stats.shares === null ? 'no catalogue' : number(stats.shares));
    this.facts.set('Announces', `${number(stats.announces)}, ${perSecond(this.announces)}`);
    this.facts.set('Scrapes', number(stats.scrapes));
    this.facts.set('Refused', number(stats.failures));
    this.facts.set('Running since', `${format.date(stats.started)}, stp ${stats.version}`);
    this.chart.show(this.ring);
  }
}
