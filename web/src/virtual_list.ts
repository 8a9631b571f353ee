// A list of which only the visible rows exist. Rows have one height, are reused as one scrolls, and are links: Tab goes
// into the list, the arrow keys, Home, End and Page keys move along it.
import { h, setAttribute } from './dom';

export interface Row<T> {
  readonly element: HTMLElement;  // its first focusable descendant is what the keys move to
  show(item: T): void;
}

const SPARE = 4;  // rows beyond either edge

export class VirtualList<T> {
  readonly element: HTMLElement;
  private readonly canvas = h('div', { class: 'rows', role: 'list' });
  private readonly rows = new Map<number, Row<T>>();
  private readonly free: Row<T>[] = [];
  private items: T[] = [];
  private focused = -1;
  private readonly observer: ResizeObserver;

  constructor(label: string, private readonly height: number, private readonly make: () => Row<T>) {
    this.canvas.setAttribute('aria-label', label);
    this.element = h('div', { class: 'scroller', keydown: (event) => this.key(event as KeyboardEvent),
                              scroll: () => this.place() }, this.canvas);
    this.canvas.addEventListener('focusin', (event) => {
      for (const [index, row] of this.rows) if (row.element.contains(event.target as Node)) this.focused = index;
    });
    this.observer = new ResizeObserver(() => this.place());
    this.observer.observe(this.element);
  }

  set(items: T[]): void {
    this.items = items;
    const height = `${items.length * this.height}px`;
    if (this.canvas.style.height !== height) this.canvas.style.height = height;
    this.place();
  }

  destroy(): void {
    this.observer.disconnect();
  }

  private place(): void {
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / this.height) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((top + this.element.clientHeight) / this.height) + SPARE);
    for (const [index, row] of this.rows) {
      if (index >= first && index < last) continue;
      row.element.hidden = true;
      this.rows.delete(index);
      this.free.push(row);
    }
    for (let index = first; index < last; ++index) {
      let row = this.rows.get(index);
      if (!row) {
        row = this.free.pop() ?? this.create();
        row.element.hidden = false;
        row.element.style.transform = `translateY(${index * this.height}px)`;
        this.rows.set(index, row);
      }
      setAttribute(row.element, 'aria-posinset', String(index + 1));
      setAttribute(row.element, 'aria-setsize', String(this.items.length));
      row.show(this.items[index] as T);
    }
  }

  private create(): Row<T> {
    const row = this.make();
    row.element.setAttribute('role', 'listitem');
    row.element.style.height = `${this.height}px`;
    this.canvas.append(row.element);
    return row;
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
                                            Home: -this.items.length, End: this.items.length };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const index = Math.min(this.items.length - 1, Math.max(0, this.focused + step));
    const top = index * this.height;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    const overlap = top + this.height - this.element.scrollTop - this.element.clientHeight;
    if (overlap > 0) this.element.scrollTop += overlap;
    this.place();
    this.rows.get(index)?.element.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true });
  }
}
