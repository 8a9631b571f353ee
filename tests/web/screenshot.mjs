// Makes docs/images/dashboard.png: a daemon with a dozen shares, one of which it is downloading from three others.
//   STP_BINARY=… CHROMIUM=… node screenshot.mjs FILE [dark]
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { go, launch, open } from './browser.mjs';
import { Daemon, Places } from './stp.mjs';

const WATCHED_MS = 45_000;
const SHARED = ['holiday film.mkv', 'lecture recordings', 'thesis.pdf', 'field notes', 'maps of the north', 'choir, spring concert.flac', 'photos 2026'];

const [file, scheme = 'light'] = process.argv.slice(2);
const places = new Places();
const files = places.directory('shared');
const daemons = [];
try {
  writeFileSync(`${files}/genomes, release 3.tar`, randomBytes(160 << 20));
  for (const [at, name] of SHARED.entries()) writeFileSync(`${files}/${name}`, randomBytes((at + 2) * 700_000));
  for (const [at, limit] of ['1.1MB/s', '800kB/s', '450kB/s'].entries()) {
    daemons.push(await Daemon.start(places, `source ${at}`, ['--up-limit', limit]));
  }
  const shown = await Daemon.start(places, 'shown', ['--bootstrap', 'none', '--up-limit', '700kB/s']);
  const taker = await Daemon.start(places, 'taker', ['--down-limit', '350kB/s']);
  daemons.push(shown, taker);
  const order = { kind: 'seed', paths: [`${files}/genomes, release 3.tar`] };
  const seeds = await Promise.all(daemons.slice(0, 3).map(async (daemon) =>
    daemon.until((await daemon.add(order)).id, (share) => share.state === 'seeding')));
  for (const name of SHARED) {
    const share = await shown.add({ kind: 'seed', paths: [`${files}/${name}`] });
    const ready = await shown.until(share.id, (each) => each.state === 'seeding');
    if (name.endsWith('mkv')) await taker.add({ kind: 'get', link: ready.link, directory: places.directory('taken') });
    if (name === 'thesis.pdf') await shown.call('POST', `shares/${share.id}/pause`);
  }
  const target = await shown.add({ kind: 'get', link: seeds[0].link, directory: places.directory('Downloads'), seed: true,
                                   peers: daemons.slice(0, 3).map((daemon) => daemon.endpoint) });
  await taker.add({ kind: 'get', link: seeds[0].link, directory: places.directory('taken'), peers: [shown.endpoint] });
  await shown.until(target.id, (share) => share.down_rate > 0);

  const browser = await launch();
  const page = await open(browser, shown.web, { width: 1360, height: 960, scheme });
  await go(page, `#/shares/${target.id}`, '.detail .table .address');
  await new Promise((resume) => setTimeout(resume, WATCHED_MS));
  await page.screenshot({ path: file });
  await browser.close();
} finally {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  places.remove();
}
