// The link that opens a file of a share, or saves what a browser does not show.
import { h, icon, setAttribute } from '../dom';

export class FileLink {
  readonly element = h('a', { class: 'button quiet', target: '_blank', rel: 'noopener' });

  /** `address`: null hides it. */
  show(path: string, shown: boolean, address: string | null): void {
    this.element.hidden = address === null;
    if (address !== null) setAttribute(this.element, 'href', address.slice(1));
    setAttribute(this.element, 'aria-label', `${shown ? 'Open' : 'Save'} ${path}`);
    const icons = shown ? 'play' : 'down';
    if (this.element.dataset.icon === icons) return;
    this.element.dataset.icon = icons;
    this.element.replaceChildren(icon(icons), shown ? 'Open' : 'Save');
  }
}
