// The files of a share: how much of each is here, and a link that opens it, also while it comes.
import { api, type ShareFile } from '../api';
import { h, icon, setAttribute, setText } from '../dom';
import * as format from '../format';
import { type Row, VirtualList } from '../virtual_list';

const ROW_HEIGHT = 44;
const LOOK_EVERY = 5;  // calls of look()

class FileRow implements Row<ShareFile> {
  private readonly name = h('span', { class: 'name' });
  private readonly size = h('span', { class: 'number' });
  private readonly open = h('a', { class: 'button quiet', target: '_blank', rel: 'noopener' });
  readonly element = h('div', { class: 'slot file' }, this.name, this.size, this.open);

  show(file: ShareFile): void {
    setText(this.name, file.path);
    const part = file.done === null || file.bytes === 0 || file.done === file.bytes
      ? '' : `${format.percent(file.done / file.bytes)} of `;
    setText(this.size, file.wanted === false ? 'not chosen' : part + format.bytes(file.bytes));
    this.open.hidden = file.address === null;
    if (file.address !== null) setAttribute(this.open, 'href', file.address.slice(1));
    setAttribute(this.open, 'aria-label', `${file.shown ? 'Open' : 'Save'} ${file.path}`);
    const icons = file.shown ? 'play' : 'down';
    if (this.open.dataset.icon === icons) return;
    this.open.dataset.icon = icons;
    this.open.replaceChildren(icon(icons), file.shown ? 'Open' : 'Save');
  }
}

export class ShareFiles {
  private readonly list = new VirtualList<ShareFile>('Files', ROW_HEIGHT, () => new FileRow());
  private readonly more = h('p', { class: 'muted' });
  private calls = 0;
  readonly element = h('div', { class: 'files' }, this.list.element, this.more);

  constructor(private readonly id: number) {}

  destroy(): void {
    this.list.destroy();
  }

  /** Whether they are known. Does not ask at every call. */
  async look(): Promise<boolean> {
    if (this.calls++ % LOOK_EVERY !== 0) return !this.element.hidden;
    let known = true;
    try {
      const { files, count } = await api.files(this.id);
      this.list.set(files);
      this.list.element.style.height = `${Math.min(files.length, 8) * ROW_HEIGHT + 2}px`;
      setText(this.more, count > files.length ? `and ${format.count(count - files.length, 'more file', 'more files')}` : '');
    } catch {
      known = false;  // of a link whose metainfo has not come yet
    }
    this.element.hidden = !known;
    return known;
  }
}
