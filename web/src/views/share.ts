// One share: what it is, what it does, its rates, chunks and peers.
import { api, type Share } from '../api';
import { ChunkMap } from '../chunk_map';
import { Bar, h, icon, setAttribute, setText } from '../dom';
import { Facts } from '../facts';
import * as format from '../format';
import { attempt, copyLink, say } from '../message';
import { RateChart, rateKeys } from '../rate_chart';
import { part, stateOf, trouble } from '../share_text';
import type { Store } from '../store';
import { askToRemove } from './dialogs';
import { FolderFiles } from './folder_files';
import { PeersTable } from './peers';
import { ShareFiles } from './share_files';

const LOOK_EVERY_MS = 1000;
const CHART_HEIGHT = 180;
const HEADLINES = new Set(['Down', 'Up', 'Size', 'Time left', 'Peers']);  // above the pictures; the rest is below
const LONG = new Set(['Found by', 'Folder', 'Path', 'Info-hash']);  // have a line of their own

export class ShareView {
  readonly element: HTMLElement;
  private readonly title = h('h2', { tabindex: -1 });
  private readonly state = h('span', { class: 'chip' });
  private readonly percent = h('span', { class: 'percent' });
  private readonly bar = new Bar('Progress');
  private readonly why = h('p', { class: 'why' });
  private readonly pause = h('button', { click: () => this.toggle() });
  private readonly copy = h('button', { click: () => void copyLink(this.store.shares.get(this.id)?.link ?? '') },
                                 icon('copy'), 'Copy link');
  private readonly removal = h('button', { class: 'danger', click: () => this.remove() }, icon('remove'), 'Remove');
  private readonly facts = new Facts();
  private readonly details = new Facts();
  private readonly chart = new RateChart(CHART_HEIGHT);
  private readonly map = new ChunkMap();
  private readonly peers = new PeersTable();
  private readonly files: FolderFiles | null;
  private readonly contents: ShareFiles | null;
  private readonly contentsBlock: HTMLElement;
  private readonly peersBlock: HTMLElement;
  private readonly mapBlock: HTMLElement;
  private readonly warnings = h('ul', { class: 'warnings' });
  private readonly warningsBlock: HTMLElement;
  private readonly timer: number;
  private looking = false;
  private pauses = true;

  constructor(private readonly store: Store, readonly id: number) {
    const share = store.shares.get(id);
    const block = (text: string, ...children: Node[]) => h('section', { class: 'block' }, h('h3', {}, text), ...children);
    this.files = share?.kind === 'folder' ? new FolderFiles(id) : null;
    this.contents = this.files && share?.each ? null : new ShareFiles(id);
    this.contentsBlock = this.contents ? block('Files', this.contents.element) : h('section');
    this.contentsBlock.hidden = true;
    this.mapBlock = block('Chunks', this.map.element);
    this.peersBlock = block('Peers', this.peers.element);
    this.warningsBlock = block('Warnings', this.warnings);
    this.element = h('article', { class: 'detail', 'aria-label': 'The chosen share' },
                     h('header', {},
                       h('a', { class: 'button back', href: '#/shares' }, icon('back'), 'All shares'),
                       this.title,
                       h('div', { class: 'actions' }, this.pause, this.copy, this.removal)),
                     h('div', { class: 'progress' }, this.state, this.bar.element, this.percent), this.why,
                     this.facts.element, this.warningsBlock,
                     block('Rates', this.chart.element, rateKeys()),
                     this.mapBlock, this.contentsBlock, this.peersBlock, this.files ? block('Shared from this folder', this.files.element) : '',
                     block('Details', this.details.element));
    this.peersBlock.hidden = this.mapBlock.hidden = this.files !== null;
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    void this.look();
  }

  focus(): void {
    this.title.focus({ preventScroll: true });
  }

  destroy(): void {
    clearInterval(this.timer);
    this.chart.destroy();
    this.map.destroy();
    this.files?.destroy();
    this.contents?.destroy();
  }

  refresh(): void {
    const share = this.store.shares.get(this.id);
    if (!share) return;
    const state = stateOf(share);
    setText(this.title, share.name);
    setText(this.state, state.word);
    setAttribute(this.state, 'data-tone', state.tone);
    this.bar.set(part(share), state.tone);
    setText(this.percent, share.of > 0 ? format.percent(part(share)) : '');
    setText(this.why, trouble(share));
    this.why.hidden = trouble(share) === '';
    setAttribute(this.why, 'data-tone', share.error ? 'error' : 'wait');
    this.showPause(share);
    this.pause.hidden = this.removal.hidden = this.store.readOnly();
    this.copy.hidden = share.link === null;
    this.showFacts(share);
    this.warningsBlock.hidden = share.warnings.length === 0;
    const lines = share.warnings.join('\n');
    if (this.warnings.dataset.lines !== lines) {
      this.warnings.dataset.lines = lines;
      this.warnings.replaceChildren(...share.warnings.map((line) => h('li', {}, line)));
    }
    this.chart.show(this.store.history.of(this.id));
  }

  private showPause(share: Share): void {
    const pauses = share.state !== 'paused' && share.state !== 'error';
    if (this.pause.childElementCount > 0 && pauses === this.pauses) return;
    this.pauses = pauses;
    this.pause.replaceChildren(icon(pauses ? 'pause' : 'play'), pauses ? 'Pause' : 'Resume');
  }

  private showFacts(share: Share): void {
    this.fact('Down', `${format.rate(share.down_rate)} · ${format.bytes(share.downloaded)} in all`);
    this.fact('Up', `${format.rate(share.up_rate)} · ${format.bytes(share.uploaded)} in all`);
    this.fact('Size', share.bytes === null ? 'not known yet'
      : `${format.bytes(share.bytes)}${share.files === null ? '' : ` in ${format.count(share.files, 'file', 'files')}`}`);
    const left = share.of - share.done;
    this.fact('Time left', share.down_rate > 0 && left > 0 ? format.duration(left / share.down_rate) : '');
    this.fact('Peers', `${share.peers} connected, ${share.seeds} of them complete` +
      (share.connecting > 0 ? `, ${share.connecting} being dialled` : ''));
    this.fact('Found by', share.discovery);
    this.fact(share.kind === 'get' ? 'Folder' : 'Path', share.directory ?? (share.paths ?? []).join('\n'));
    this.fact('Added', format.date(share.added));
    this.fact('Who can find it', share.private ? 'only who has the link' : 'everybody');
    this.fact('Info-hash', share.info_hash ?? '');
  }

  private fact(name: string, value: string): void {
    (HEADLINES.has(name) ? this.facts : this.details).set(name, value, LONG.has(name));
  }

  private async look(): Promise<void> {
    if (this.looking || document.hidden || this.store.link !== 'live') return;
    this.looking = true;
    try {
      if (this.files) {
        await this.files.look();
        if (this.contents) this.contentsBlock.hidden = !await this.contents.look();
      } else {
        const [{ peers }, chunks] = await Promise.all([api.share(this.id), api.chunks(this.id, this.map.cells())]);
        this.peers.show(peers);
        this.mapBlock.hidden = chunks.had.length === 0;
        this.map.show(chunks);
        if (this.contents) this.contentsBlock.hidden = !await this.contents.look();
      }
    } catch {
      // It is gone, or the daemon: the events say so.
    }
    this.looking = false;
  }

  private async toggle(): Promise<void> {
    const pauses = this.pauses;
    if (await attempt(() => pauses ? api.pause(this.id) : api.resume(this.id))) say(pauses ? 'Paused.' : 'Resumed.');
  }

  private async remove(): Promise<void> {
    const share = this.store.shares.get(this.id);
    if (share && await askToRemove(share)) location.hash = '#/shares';
  }
}
