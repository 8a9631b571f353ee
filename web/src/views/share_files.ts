// The files of a share: how much of each is here, and a link that opens it, also while it comes.
import { api, type ShareFile } from '../api';
import { h, setText } from '../dom';
import * as format from '../format';
import { type Row, VirtualList } from '../virtual_list';
import { FileLink } from './file_link';

const ROW_HEIGHT = 44;
const ROWS_SHOWN = 8;  // without scrolling
const LOOK_EVERY = 5;  // calls of look()

class FileRow implements Row<ShareFile> {
  private readonly name = h('span', { class: 'name' });
  private readonly size = h('span', { class: 'number' });
  private readonly open = new FileLink();
  readonly element = h('div', { class: 'slot file' }, this.name, this.size, this.open.element);

  show(file: ShareFile): void {
    setText(this.name, file.path);
    const part = file.done === null || file.bytes === 0 || file.done === file.bytes
      ? '' : `${format.percent(file.done / file.bytes)} of `;
    setText(this.size, file.wanted === false ? 'not chosen' : part + format.bytes(file.bytes));
    this.open.show(file.path, file.shown, file.address);
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
    const { files, count } = await api.files(this.id);
    this.list.set(files);
    this.list.element.style.height = `${Math.min(files.length, ROWS_SHOWN) * ROW_HEIGHT + 2}px`;
    const more = (count ?? 0) - files.length;
    setText(this.more, more > 0 ? `and ${format.count(more, 'more file', 'more files')}` : '');
    this.element.hidden = files.length === 0;
    return files.length > 0;
  }
}
