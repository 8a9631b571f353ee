// Elements from code. Every text goes in as a text node: a share's name can never become markup.

type Child = Node | string | null;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

/** h('button', { class: 'quiet', click: run }, 'Pause'): a function is a listener, true an attribute without value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

const ICONS: Record<string, string> = {
  down: 'M12 4v14M6 12.5l6 6 6-6',
  up: 'M12 20V6M6 11.5l6-6 6 6',
  pause: 'M8.5 5v14M15.5 5v14',
  play: 'M7 4.5v15l12-7.5z',
  remove: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
  add: 'M12 5v14M5 12h14',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  folder: 'M3.5 6.5h6l2 2.5h9v10.5h-17z',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  wait: 'M12 7v5.5l3.5 2M12 3.5a8.5 8.5 0 1 0 .01 0',
  alert: 'M12 4 3 19.5h18zM12 10v4.5M12 17v.01',
  search: 'M10.5 4.5a6 6 0 1 0 .01 0M15 15l5 5',
};

/** Decoration: the text beside it says the same. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name] ?? '');
  svg.append(path);
  return svg;
}

/** Sets the text only if it differs: an unchanged page is not laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** What colours mean: [colour, text] of each. */
export function keys(...entries: [string, string][]): HTMLElement {
  return h('p', { class: 'keys' }, ...entries.map(([tone, text]) =>
    h('span', { class: 'key' }, h('i', { 'data-chunk': tone }), text)));
}

/** A bar whose length is `part`, from 0 to 1. */
export class Bar {
  readonly element: HTMLElement;
  private readonly fill = h('span');

  constructor(label: string) {
    this.element = h('div', { class: 'bar', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0,
                              'aria-valuemax': 100 }, this.fill);
  }

  set(part: number, tone: string): void {
    const percent = Math.floor(part * 1000) / 10;
    setAttribute(this.element, 'aria-valuenow', String(Math.floor(percent)));
    setAttribute(this.element, 'data-tone', tone);
    this.element.toggleAttribute('data-full', part >= 1);
    const scale = `scaleX(${percent / 100})`;
    if (this.fill.style.transform !== scale) this.fill.style.transform = scale;
  }
}
