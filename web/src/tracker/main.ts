// The tracker's page: what it does, the shares that it lists, one swarm. It asks once a second, and for nothing while its
// tab is hidden.
import '../style.css';
import './tracker.css';
import { h, setAttribute, setText } from '../dom';
import { messageLine } from '../message';
import { stats } from './api';
import { Catalogue } from './catalogue';
import { Swarm } from './swarm';
import { Totals, perSecond } from './totals';

const LOOK_EVERY_MS = 1000;

const totals = new Totals();
const catalogue = new Catalogue();
let swarm: Swarm | null = null;

const figure = h('span', { class: 'rate down' });
const trouble = h('p', { class: 'banner', role: 'alert' }, 'The tracker does not answer. Trying again …');
const main = h('main', {}, h('h1', { class: 'hidden' }, 'stp tracker'));
const page = h('div', { class: 'page' });

function build(): void {
  const logo = h('img', { src: 'icon.svg', alt: '', width: 28, height: 28 });
  trouble.hidden = true;
  main.append(page);
  document.body.append(
    h('header', { class: 'top' }, h('a', { class: 'brand', href: '#/', 'aria-label': 'stp tracker: all shares' }, logo,
                                    h('span', {}, 'stp tracker')),
      h('span', { class: 'totals' }, figure)),
    trouble, main, messageLine());
}

function route(): void {
  const [, infoHash = ''] = /^#\/swarm\/([0-9a-f]{64})$/.exec(location.hash) ?? [];
  swarm?.destroy();
  swarm = infoHash ? new Swarm(infoHash) : null;
  page.replaceChildren(...(swarm ? [swarm.element] : [totals.element, catalogue.element]));
  figure.hidden = swarm !== null;  // nobody asks for it there
  page.scrollTop = 0;
  void look().then(() => swarm?.focus());
}

let looking = false;
async function look(): Promise<void> {
  if (document.hidden || looking) return;
  looking = true;
  try {
    if (swarm) {
      await swarm.look();
    } else {
      totals.add(await stats());
      setText(figure, `${perSecond(totals.announces)} announces`);
    }
    trouble.hidden = true;
    setAttribute(document.body, 'data-link', 'live');
  } catch {
    trouble.hidden = false;
    setAttribute(document.body, 'data-link', 'lost');
  } finally {
    looking = false;
  }
}

build();
addEventListener('hashchange', route);
route();
setInterval(() => void look(), LOOK_EVERY_MS);
