// The frame of the page: header, navigation, one view, and what concerns all of them.
import './style.css';
import { takeToken } from './api';
import { h, icon, setAttribute, setText } from './dom';
import * as format from './format';
import { messageLine, say } from './message';
import { Store } from './store';
import { askToAdd } from './views/dialogs';
import { LogView } from './views/log';
import { NetworkView } from './views/network';
import { ShareView } from './views/share';
import { SharesView } from './views/shares';

interface View {
  readonly element: HTMLElement;
  refresh(): void;
  destroy(): void;
}

const store = new Store();
let detail: ShareView | null = null;
let page: View | null = null;

const down = h('span', { class: 'rate down' });
const up = h('span', { class: 'rate up' });
const link = h('p', { class: 'banner', role: 'alert' });
const add = () => void askToAdd(store);
const addButton = h('button', { class: 'primary', click: add }, icon('add'), h('span', {}, 'Add'));
const tabs = [['shares', 'Shares'], ['network', 'Network'], ['log', 'Log']].map(([name, text]) =>
  h('a', { href: `#/${name}`, 'data-page': name! }, text!));
const shares = new SharesView(store, () => detail?.id ?? null, add);
const main = h('main', {}, h('h1', { class: 'hidden' }, 'stp dashboard'));
const nothing = h('div', { class: 'detail none' }, h('p', { class: 'muted' }, 'Choose a share to see its peers, chunks and rates.'));

function build(): void {
  const logo = h('img', { src: 'icon.svg', alt: '', width: 28, height: 28 });
  document.body.append(
    h('header', { class: 'top' }, h('a', { class: 'brand', href: '#/shares', 'aria-label': 'stp: all shares' }, logo, h('span', {}, 'stp')),
      h('nav', { 'aria-label': 'Pages' }, ...tabs), h('span', { class: 'totals' }, down, up),
      addButton),
    link, main, messageLine());
}

function route(): void {
  const [, name = 'shares', id] = location.hash.split('/');
  detail?.destroy();
  page?.destroy();
  detail = page = null;
  for (const tab of tabs) {
    if (tab.dataset.page === name) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  const parts: HTMLElement[] = [];
  if (name === 'network') page = new NetworkView(store);
  else if (name === 'log') page = new LogView(store);
  if (page) {
    parts.push(page.element);
  } else {
    if (id && store.shares.has(Number(id))) detail = new ShareView(store, Number(id));
    parts.push(shares.element, detail?.element ?? nothing);
  }
  main.replaceChildren(main.firstElementChild!, ...parts);
  main.dataset.page = detail ? 'share' : page ? name : 'shares';
  refresh();
  detail?.focus();
}

function refresh(): void {
  const totals = store.totals();
  setText(down, `↓ ${format.rate(totals.down)}`);
  setText(up, `↑ ${format.rate(totals.up)}`);
  const title = totals.down + totals.up > 0 ? `↓ ${format.rate(totals.down)} ↑ ${format.rate(totals.up)} – stp` : 'stp';
  if (document.title !== title) document.title = title;
  const trouble = store.link === 'lost' ? `${store.trouble} Trying again …`
    : store.link === 'locked' ? 'Open the link that stp printed when it started: its token is missing here.' : '';
  addButton.hidden = store.readOnly();
  setText(link, trouble);
  link.hidden = trouble === '';
  setAttribute(document.body, 'data-link', store.link);
  const [, name = 'shares', id] = location.hash.split('/');
  if (detail && !store.shares.has(detail.id)) return route();
  // One that was chosen before it was known: the page has been loaded again, or it was just added.
  if (name === 'shares' && id && !detail && store.shares.has(Number(id))) return route();
  if (page) page.refresh();
  else shares.refresh(main.dataset.selected !== (id ?? ''));
  main.dataset.selected = id ?? '';
  detail?.refresh();
}

/** A .torrent file may be dropped anywhere. */
function acceptDrops(): void {
  let depth = 0;
  const over = (on: boolean) => document.body.classList.toggle('dropping', on);
  addEventListener('dragenter', () => over(++depth > 0));
  addEventListener('dragleave', () => over(--depth > 0));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    const file = event.dataTransfer?.files[0];
    if (!file || store.readOnly()) return;
    if (!file.name.toLowerCase().endsWith('.torrent')) return say('Only .torrent files can be dropped here.', 'bad');
    void askToAdd(store, file);
  });
}

takeToken();
build();
acceptDrops();
addEventListener('hashchange', route);
store.watch(refresh);
route();
void store.run();
