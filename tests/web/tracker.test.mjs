// The page of a tracker that has a few shares, each with a real seed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { WIDTHS, checkAccessible, checkWidth, go, launch, open, press, shows } from './browser.mjs';
import { Daemon, Places, Tracker } from './stp.mjs';

const MARKUP = '<img src=x onerror=document.title=1><b>bold';
const NAMES = ['holiday film.mkv', 'thesis.pdf', `${MARKUP}.txt`];
const POLL_MS = 50;

let places, tracker, source, browser, film;

/** What `ask` gives, once `holds` of it. The test's own deadline is the limit. */
async function until(ask, holds) {
  for (;;) {
    const found = await ask();
    if (holds(found)) return found;
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

before(async () => {
  places = new Places();
  const files = places.directory('files');
  tracker = await Tracker.start(places);
  source = await Daemon.start(places, 'source');
  for (const [at, name] of NAMES.entries()) {
    writeFileSync(`${files}/${name}`, 'x'.repeat(20_000 * (at + 1)));
    await source.add({ kind: 'seed', paths: [`${files}/${name}`], trackers: [tracker.url] });
  }
  const listed = await until(() => tracker.shares(), (page) => page.total === NAMES.length);
  // A hybrid is announced under each of its two hashes, not at once.
  await until(() => tracker.figures(), (all) => all.stp_tracker_swarms === 2 * NAMES.length);
  film = listed.shares.find((share) => share.name === NAMES[0]);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await source?.stop();
  await tracker?.stop();
  places?.remove();
});

for (const scheme of ['light', 'dark']) {
  test(`both views fit at three widths and are accessible, ${scheme}`, async () => {
    for (const width of WIDTHS) {
      const page = await open(browser, tracker.web, { width, scheme });
      for (const [name, hash, selector] of [['all shares', '#/', '.listed .row'], ['a swarm', `#/swarm/${film.info_hash}`, '.actions a[href]']]) {
        await go(page, hash, selector);
        await page.waitForSelector('.uplot canvas');
        await checkWidth(page, `${name} at ${width}`);
        await checkAccessible(page, `${name} at ${width}, ${scheme}`);
      }
      assert.deepEqual(page.faults, []);
      await page.close();
    }
  });
}

test('the figures are those of now', async () => {
  const page = await open(browser, tracker.web);
  const fact = (name) => page.evaluate((wanted) => [...document.querySelectorAll('.facts div')]
    .find((each) => each.firstChild.textContent === wanted)?.lastChild.textContent, name);
  await shows(page, '.facts dd', 'of them seeds');
  const swarms = Number(await fact('Swarms'));
  await tracker.announce('61'.repeat(20), 7001, 5);
  await page.waitForFunction((more) => [...document.querySelectorAll('.facts div')]
    .some((each) => each.firstChild.textContent === 'Swarms' && each.lastChild.textContent === more), {}, String(swarms + 1));
  assert.equal(await fact('Shares listed'), String(NAMES.length));
  assert.match(await page.$eval('.chart', (chart) => chart.getAttribute('aria-label')), /per second over the last/);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('shares are searched, and sorted by the tracker', async () => {
  const page = await open(browser, tracker.web);
  await page.waitForSelector('.listed .row');
  const names = () => page.$$eval('.listed .name', (found) => found.map((name) => name.textContent));
  await page.select('.toolbar select', 'size');
  await page.waitForFunction((first) => document.querySelector('.listed .name')?.textContent === first, {}, NAMES[2]);
  assert.deepEqual(await names(), [...NAMES].reverse());
  await page.type('.toolbar input', 'HOLIDAY');
  await shows(page, '.count', '1 share');
  assert.deepEqual(await names(), [NAMES[0]]);
  await page.type('.toolbar input', ' nothing');
  await shows(page, '.count', 'No share has such a name');
  assert.deepEqual(await names(), []);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('a long list has pages', async () => {
  const page = await open(browser, tracker.web);
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/api/shares') return request.continue();
    const at = Number(url.searchParams.get('page'));
    return request.respond({ status: 200, contentType: 'application/json', body: JSON.stringify(
      { shares: [{ ...film, name: `of page ${at}` }], total: 250, page: at, pages: 3 }) });
  });
  await page.reload();
  await shows(page, '.count', '250 shares');
  assert.equal(await page.$eval('.pager button:first-child', (button) => button.disabled), true);
  await press(page, '.pager button:last-child');
  await shows(page, '.listed .name', 'of page 2');
  await press(page, '.pager button:last-child');
  await shows(page, '.pager', '3 of 3');
  assert.equal(await page.$eval('.pager button:last-child', (button) => button.disabled), true);
  await page.close();
});

test('markup in a name stays text', async () => {
  const page = await open(browser, tracker.web);
  await shows(page, '.listed .name', MARKUP);
  assert.equal(await page.$$eval('main b, main img', (found) => found.length), 0);
  const marked = (await tracker.shares()).shares.find((share) => share.name === NAMES[2]);
  await go(page, `#/swarm/${marked.info_hash}`, '.actions a[href]');
  await shows(page, 'main h2', MARKUP);
  assert.equal(await page.$$eval('main b, main img', (found) => found.length), 0);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('a swarm shows who comes, and its link', async () => {
  const page = await open(browser, tracker.web);
  await page.waitForSelector('.listed .row');
  await page.evaluate((hash) => document.querySelector(`a[href="#/swarm/${hash}"]`).click(), film.info_hash);
  await shows(page, 'main h2', NAMES[0]);
  assert.equal(await page.$eval('.actions a', (link) => link.href), film.link);
  await tracker.announce(film.info_hash.slice(0, 40), 7002, 5);
  await page.waitForFunction(() => /1 seed and 1 leech$/.test(document.querySelector('.chart').getAttribute('aria-label')));
  await go(page, `#/swarm/${'0'.repeat(64)}`, '.why');
  await shows(page, 'main h2', 'Not listed');
  assert.deepEqual(page.faults.filter((fault) => !fault.includes('404')), []);
  await page.close();
});

test('a tracker that goes away is noticed', async () => {
  const page = await open(browser, tracker.web);
  await page.setRequestInterception(true);
  page.on('request', (request) => void request.abort());
  await page.waitForSelector('body[data-link=lost]');
  await shows(page, '.banner', 'does not answer');
  await page.close();
});
