// Two figures over the last ten minutes (uPlot): rates, unless it is told otherwise.
import uPlot from 'uplot';
import { h, keys, setAttribute } from './dom';
import * as format from './format';
import { type Ring, SECONDS } from './history';
import { colour, onTheme } from './theme';

const FONT = '12px system-ui, sans-serif';
const AREA = '22';  // how much of a line's colour is below it

/** Seconds that are shown: not ten empty minutes to somebody who has just come. */
function span(samples: number): number {
  return [60, 120, 300].find((seconds) => samples <= seconds) ?? SECONDS;
}

function ago(at: number): string {
  if (at === 0) return 'now';
  return at % 60 === 0 ? `−${-at / 60} min` : `−${-at} s`;
}

/** What a chart shows. */
export interface Figures {
  what: string;                                 // "Rates"
  value: (figure: number) => string;            // on the axis
  least: number;                                // the axis reaches as far as this at least
  now: (first: number, second: number) => string;  // for those who do not see it
}

const RATES: Figures = {
  what: 'Rates', value: format.rate, least: 1000,
  now: (down, up) => `${format.rate(down)} down and ${format.rate(up)} up`,
};

/** What the two colours of rates mean. */
export function rateKeys(): HTMLElement {
  return keys(['had', 'down'], ['up', 'up']);
}

export class RateChart {
  readonly element: HTMLElement;
  private plot: uPlot | null = null;
  private readonly observer: ResizeObserver;
  private readonly stopTheme: () => void;

  constructor(private readonly height: number, private readonly figures: Figures = RATES) {
    this.element = h('div', { class: 'chart', role: 'img', 'aria-label': figures.what });
    this.observer = new ResizeObserver(() => {
      const width = this.element.clientWidth;
      if (!this.plot) this.draw();
      else if (this.plot.width !== width && width > 0) this.plot.setSize({ width, height: this.height });
    });
    this.observer.observe(this.element);
    this.stopTheme = onTheme(() => this.draw());
  }

  show(ring: Ring): void {
    const data = ring.series();
    setAttribute(this.element, 'aria-label', `${this.figures.what} over the last ten minutes: at present ${
      this.figures.now(data[1].at(-1) ?? 0, data[2].at(-1) ?? 0)}`);
    this.plot?.setData(data);
  }

  destroy(): void {
    this.observer.disconnect();
    this.stopTheme();
    this.plot?.destroy();
  }

  private draw(): void {
    const width = this.element.clientWidth;
    if (width <= 0) return;
    const data = this.plot?.data ?? [[], [], []];
    this.plot?.destroy();
    const axis = { stroke: colour('muted'), font: FONT, grid: { stroke: colour('line'), width: 1 },
                   ticks: { show: false } };
    const line = (name: string) => ({ stroke: colour(name), width: 1.5, fill: colour(name) + AREA,
                                      points: { show: false } });
    this.plot = new uPlot({
      width, height: this.height,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: (plot) => [-span(plot.data[0].length), 0] },
                y: { range: (_plot, _min, max) => [0, Math.max(this.figures.least, (max ?? 0) * 1.1)] } },
      axes: [
        { ...axis, size: 26, splits: (plot) => [1, .8, .6, .4, .2, 0].map((part) => -span(plot.data[0].length) * part),
          values: (_plot, splits) => splits.map(ago) },
        { ...axis, size: 72, space: 36, values: (_plot, splits) => splits.map(this.figures.value) },
      ],
      series: [{}, line('down'), line('up')],
    }, data, this.element);
  }
}
