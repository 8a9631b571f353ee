// What is shared of a folder: asked for as it grows, and shown in a list of any length.
import { api, type Shared } from '../api';
import { h, icon, setText } from '../dom';
import * as format from '../format';
import { copyLink } from '../message';
import { type Row, VirtualList } from '../virtual_list';
import { FileLink } from './file_link';

const ROW_HEIGHT = 44;
const ENTRIES_MAX = 50_000;

class FileRow implements Row<Shared> {
  private readonly name = h('span', { class: 'name' });
  private readonly size = h('span', { class: 'number' });
  private readonly open = new FileLink();
  private link = '';
  readonly element = h('div', { class: 'slot file' }, this.name, this.size, this.open.element,
                       h('button', { class: 'quiet', click: () => void copyLink(this.link) }, icon('copy'), 'Copy link'));

  show(entry: Shared): void {
    setText(this.name, entry.path || 'all of it');
    setText(this.size, format.bytes(entry.bytes));
    this.open.show(entry.path, entry.shown, entry.address);
    this.link = entry.link;
  }
}

export class FolderFiles {
  private readonly list = new VirtualList<Shared>('Shared files', ROW_HEIGHT, () => new FileRow());
  private readonly byPath = new Map<string, Shared>();
  private last = 0;
  readonly element = h('div', { class: 'files' }, this.list.element);

  constructor(private readonly id: number) {}

  destroy(): void {
    this.list.destroy();
  }

  async look(): Promise<void> {
    const entries = await api.shared(this.id, this.last);
    if (entries.length === 0) return;
    for (const entry of entries) {
      this.last = entry.number;
      if (this.byPath.size < ENTRIES_MAX || this.byPath.has(entry.path)) this.byPath.set(entry.path, entry);
    }
    this.list.set([...this.byPath.values()].sort((a, b) => a.path.localeCompare(b.path)));
  }
}
