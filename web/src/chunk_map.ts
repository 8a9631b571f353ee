// Which chunks are here, and how many peers have those that are not: a canvas of cells, each of one or several chunks.
import type { Chunks } from './api';
import { h, keys, setAttribute, setText } from './dom';
import { colour, onTheme } from './theme';

const CELL = 11;  // pixels, with the gap
const GAP = 2;
const CELLS_MAX = 4096;
const LINES_MAX = 16;

export class ChunkMap {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas', { role: 'img', 'aria-label': 'Chunk map' });
  private readonly caption = h('p', { class: 'caption' });
  private chunks: Chunks = { count: 0, had: [], availability: [] };
  private drawn = '';
  private readonly observer: ResizeObserver;
  private readonly stopTheme: () => void;

  constructor() {
    this.element = h('div', { class: 'chunks' }, this.canvas, this.caption,
                     keys(['had', 'here'], ['partly', 'in part'], ['some', 'at several peers'], ['rare', 'at one peer'],
                          ['none', 'at no peer']));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
    this.stopTheme = onTheme(() => {
      this.drawn = '';
      this.draw();
    });
  }

  /** How many cells there is room for. */
  cells(): number {
    const columns = Math.max(8, Math.floor(this.element.clientWidth / CELL));
    return Math.min(CELLS_MAX, columns * LINES_MAX);
  }

  show(chunks: Chunks): void {
    this.chunks = chunks;
    this.draw();
  }

  destroy(): void {
    this.observer.disconnect();
    this.stopTheme();
  }

  private draw(): void {
    const { count, had, availability } = this.chunks;
    const width = this.element.clientWidth;
    this.element.hidden = had.length === 0 && width > 0;
    if (width <= 0 || had.length === 0) return;
    const ratio = devicePixelRatio;
    const state = `${width} ${ratio} ${had.join()} ${availability.join()}`;
    if (state === this.drawn) return;
    this.drawn = state;
    const columns = Math.floor(width / CELL);
    const lines = Math.ceil(had.length / columns);
    this.canvas.width = width * ratio;
    this.canvas.height = lines * CELL * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${lines * CELL}px`;
    const tones = { had: colour('down'), rare: colour('chunk-rare'), some: colour('chunk-some'),
                    none: colour('chunk-none') };
    const context = this.canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    let here = 0;
    for (let index = 0; index < had.length; ++index) {
      const percent = had[index] ?? 0;
      const peers = availability[index] ?? 0;
      here += percent;
      const x = (index % columns) * CELL;
      const y = Math.floor(index / columns) * CELL;
      const size = CELL - GAP;
      context.fillStyle = percent === 100 ? tones.had
        : peers === 0 ? tones.none : peers === 1 ? tones.rare : tones.some;
      context.fillRect(x, y, size, size);
      if (percent > 0 && percent < 100) {
        const part = Math.max(2, Math.round(size * percent / 100));
        context.fillStyle = tones.had;
        context.fillRect(x, y + size - part, size, part);
      }
    }
    const each = count / had.length;
    setText(this.caption, `${count.toLocaleString('en')} chunks` +
      (each > 1 ? `, ${each.toLocaleString('en', { maximumFractionDigits: 1 })} in a cell` : ''));
    setAttribute(this.canvas, 'aria-label',
                 `Chunk map: ${Math.floor(here / had.length)} percent of ${count} chunks are here`);
  }
}
