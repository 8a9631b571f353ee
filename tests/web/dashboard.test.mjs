// The dashboard with a real swarm behind it: one daemon shares, another downloads from it and is looked at.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { WIDTHS, checkAccessible, checkWidth, go, launch, open, press, shows } from './browser.mjs';
import { Daemon, Places, Run } from './stp.mjs';

const MARKUP = '<img src=x onerror=document.title=1><b>bold';
const SMALL_SHARES = 1000;

let places, entry, source, getter, browser, slow, marked;

before(async () => {
  places = new Places();
  const files = places.directory('files');
  writeFileSync(`${files}/slow.bin`, randomBytes(64 * 1024 * 1024));
  writeFileSync(`${files}/${MARKUP}.txt`, 'x');
  mkdirSync(`${files}/many`);
  for (let at = 0; at < 30; ++at) writeFileSync(`${files}/many/part ${at}.txt`, `${at}`);
  // Too slow to be complete before the tests are, on any machine: 20 minutes.
  source = await Daemon.start(places, 'source', ['--up-limit', '50kB/s']);
  entry = await Daemon.start(places, 'entry', ['--bootstrap', 'none']);  // a DHT of two nodes
  getter = await Daemon.start(places, 'getter', ['--bootstrap', entry.endpoint]);
  const seed = await source.add({ kind: 'seed', paths: [`${files}/slow.bin`] });
  slow = await source.until(seed.id, (share) => share.state === 'seeding');
  slow.got = await getter.add({ kind: 'get', link: slow.link, directory: places.directory('got'), seed: true });
  marked = await getter.add({ kind: 'seed', paths: [`${files}/${MARKUP}.txt`] });
  const folder = await getter.add({ kind: 'folder', paths: [`${files}/many`], each: true, watch: true });
  marked.folder = await getter.until(folder.id, (share) => share.state === 'seeding');
  await getter.until(slow.got.id, (share) => share.down_rate > 0 && share.peers > 0);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await getter?.stop();
  await source?.stop();
  await entry?.stop();
  places?.remove();
});

const views = () => [
  ['shares', '#/shares', '.shares .row'],
  ['a download', `#/shares/${slow.got.id}`, '.detail .table .address'],
  ['a folder', `#/shares/${marked.folder.id}`, '.detail .slot.file'],
  ['network', '#/network', '.page .lookups tbody tr'],
  ['log', '#/log', '.page h2'],
];

for (const scheme of ['light', 'dark']) {
  test(`every view fits at three widths and is accessible, ${scheme}`, async () => {
    for (const width of WIDTHS) {
      const page = await open(browser, getter.web, { width, scheme });
      for (const [name, hash, selector] of views()) {
        await page.evaluate((to) => { location.hash = to; }, hash);
        await page.waitForSelector(selector);
        await checkWidth(page, `${name} at ${width}`);
        await checkAccessible(page, `${name} at ${width}, ${scheme}`);
      }
      await press(page, 'header .primary');
      await page.waitForSelector('dialog[open]');
      await checkWidth(page, `adding at ${width}`);
      await checkAccessible(page, `adding at ${width}, ${scheme}`);
      assert.deepEqual(page.faults, []);
      await page.close();
    }
  });
}

test('a download shows its rate, chunks and peer', async () => {
  const page = await open(browser, getter.web);
  await go(page, `#/shares/${slow.got.id}`, '.detail .table .address');
  await shows(page, '.detail h2', 'slow.bin');
  await shows(page, '.detail .chip', 'Downloading');
  await shows(page, '.detail .table .address', source.endpoint);
  await shows(page, '.detail .table td', 'sends to us');
  await shows(page, '.detail .table td', 'stp v2, encrypted');
  await shows(page, '.detail .facts dd', 'kB/s');
  // It is drawn when it has been laid out.
  await page.waitForFunction(() => /^Chunk map: \d+ percent of \d+ chunks are here$/.test(
    document.querySelector('.chunks canvas').getAttribute('aria-label')));
  const drawn = await page.$eval('.chunks canvas', (canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0));
  assert.ok(drawn, 'the chunk map is drawn');
  await shows(page, '.detail .files .name', 'slow.bin');
  const address = await page.$eval('.detail .files a', (link) => link.getAttribute('href'));
  assert.equal(address, `api/shares/${slow.got.id}/files/slow.bin`);
  const part = await page.evaluate(async (file) => {
    const answer = await fetch(file, { headers: { Range: 'bytes=5-8' } });
    return [answer.status, (await answer.arrayBuffer()).byteLength];
  }, address);
  assert.deepEqual(part, [206, 4], 'a part of the file opens while it is downloaded');
  await page.waitForSelector('.detail .uplot canvas');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('a file of a folder opens', async () => {
  const page = await open(browser, getter.web);
  await go(page, `#/shares/${marked.folder.id}`, '.detail .slot.file');
  await shows(page, '.detail .files .name', 'part 0.txt');
  const address = await page.$eval('.detail .files a', (link) => link.getAttribute('href'));
  assert.equal(address, `api/shares/${marked.folder.id}/files/part%200.txt`);
  assert.equal(await page.evaluate(async (file) => (await fetch(file)).text(), address), '0');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('markup in a name stays text', async () => {
  const page = await open(browser, getter.web);
  await shows(page, '.row .name', MARKUP);
  await go(page, `#/shares/${marked.id}`, '.detail h2');
  await shows(page, '.detail h2', MARKUP);
  assert.equal(await page.$$eval('main b, main img', (found) => found.length), 0);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('pausing, resuming, limits, adding and removing', async () => {
  const page = await open(browser, getter.web);
  await go(page, `#/shares/${slow.got.id}`, '.detail .actions button');
  await press(page, '.detail .actions button');
  await getter.until(slow.got.id, (share) => share.state === 'paused');
  await shows(page, '.detail .chip', 'Paused');
  await shows(page, '.detail .actions button', 'Resume');
  await press(page, '.detail .actions button');
  await getter.until(slow.got.id, (share) => share.state === 'downloading');

  await go(page, '#/network', '.limits input');
  await page.type('.limits label:nth-of-type(1) input', '2 MB/s');
  await press(page, '.limits button');
  await shows(page, '.message', 'The limits are set');
  assert.equal((await getter.call('GET', 'daemon')).daemon.settings.down_limit, 2_000_000);
  // What somebody is writing stays when another one changes the limits meanwhile.
  await page.evaluate(() => { document.querySelector('.limits input').value = 'much'; });
  await getter.call('POST', 'daemon/limits', { up_limit: 3_000_000, down_limit: 4_000_000 });
  await page.waitForFunction(() => document.querySelector('.limits label:nth-of-type(2) input').value.startsWith('3'));
  await press(page, '.limits button');
  await shows(page, '.message', 'Write a rate');

  const path = `${places.directory('added')}/added.txt`;
  writeFileSync(path, 'added');
  await press(page, 'header .primary');
  await page.waitForSelector('dialog[open]');
  await press(page, '.segments label:nth-of-type(2) input');
  await page.type('.pane:not([hidden]) input[type=text]', 'added.txt');
  await press(page, 'dialog button[type=submit]');
  await shows(page, 'dialog .why', 'has to begin with /');
  await page.$eval('.pane:not([hidden]) input[type=text]', (input, text) => { input.value = text; }, path);
  await press(page, 'dialog button[type=submit]');
  await page.waitForSelector('dialog', { hidden: true });
  await shows(page, '.detail h2', 'added.txt');
  await press(page, '.detail .danger');
  await page.waitForSelector('dialog[open]');
  await press(page, 'dialog button[type=submit]');
  await page.waitForFunction(() => ![...document.querySelectorAll('.row .name')].some((name) => name.textContent === 'added.txt'));
  assert.equal((await getter.call('GET', 'shares')).shares.some((share) => share.name === 'added.txt'), false);
  assert.deepEqual(page.faults, []);
  await page.close();
});

// By a daemon with one share: a few more, and their look-ups push this one out of the list.
test('the look-ups of the DHT, one by one', async () => {
  const looker = await Daemon.start(places, 'looker', ['--bootstrap', entry.endpoint]);
  const page = await open(browser, looker.web);
  await looker.add({ kind: 'seed', paths: [`${places.directory('files')}/slow.bin`] });
  await go(page, '#/network', '.lookups tbody tr');
  await page.waitForFunction(() => [...document.querySelectorAll('.lookups tr[data-stage=done]')].some((row) =>
    row.textContent.includes('slow.bin') && /announced to [1-9]/.test(row.textContent)));
  await shows(page, '.lookups .address', 'keeping the table');
  const { lookup_list: lookups } = (await looker.call('GET', 'dht')).dht;
  const announced = lookups.find((each) => each.share === 'slow.bin' && each.announced > 0);
  assert.equal(announced.for, 'announce');
  assert.equal(announced.stage, 'done');
  assert.match(announced.target, /^[0-9a-f]{8}$/);
  assert.ok(announced.answered >= 1 && announced.asked >= announced.answered, JSON.stringify(announced));
  assert.ok(announced.closest_prefix >= 0 && announced.closest_prefix <= 160);
  assert.ok(announced.took >= 0 && announced.age >= announced.took);
  assert.deepEqual(page.faults, []);
  await page.close();
  await looker.stop();
});

test('settings that can be changed while it runs', async () => {
  const page = await open(browser, getter.web);
  await go(page, '#/network', '.settings input');
  await page.waitForFunction(() => document.querySelector('.settings label:nth-of-type(3) input').value !== '');
  await page.select('.settings label:nth-of-type(1) select', 'require');
  const type = (at, text) => page.$eval(`.settings label:nth-of-type(${at}) input`, (input, value) => { input.value = value; }, text);
  await type(3, '64');
  await type(4, '9');
  await page.click('.settings button');
  await shows(page, '.message', 'The settings are changed');
  const { settings } = (await getter.call('GET', 'daemon')).daemon;
  assert.deepEqual([settings.must_hide, settings.port_map, settings.connections, settings.upload_slots], [true, false, 64, 9]);
  await shows(page, '.facts dd', 'required');
  await getter.call('POST', 'daemon/settings', { must_hide: false });
  await page.waitForFunction(() => document.querySelector('.settings select').value === '');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('a .torrent file that is dropped becomes a download; what is none is refused', async () => {
  const page = await open(browser, getter.web);
  const drop = (name, bytes) => page.evaluate((file, base64) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], file));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, name, bytes.toString('base64'));
  await drop('picture.png', Buffer.from('x'));
  await shows(page, '.message', 'Only .torrent files');
  const torrent = readFileSync(new URL('../vectors/bep52_hybrid.torrent', import.meta.url));
  await drop('broken.torrent', torrent.subarray(1));
  await page.waitForSelector('dialog[open] .picked');
  await press(page, 'dialog button[type=submit]');
  await page.waitForSelector('dialog .why:not([hidden])');
  assert.deepEqual(page.faults.filter((fault) => !fault.includes('400')), []);
  await press(page, 'dialog button[type=button]');
  await page.waitForSelector('dialog', { hidden: true });

  await drop('real.torrent', torrent);
  await shows(page, 'dialog .picked', 'real.torrent');
  await page.$eval('dialog .pane:not([hidden]) input[type=text]', (input, path) => { input.value = path; },
                   places.directory('dropped'));
  await press(page, 'dialog button[type=submit]');
  await page.waitForSelector('dialog', { hidden: true });
  const { name } = await source.call('POST', 'torrents', { data: torrent.toString('base64url') });
  await shows(page, '.detail h2', name);
  assert.ok((await getter.call('GET', 'shares')).shares.some((share) => share.name === name && share.kind === 'get'));
  await page.close();
});

test('that of a command shows the same, and changes nothing but limits', async () => {
  const run = await Run.start(places, 'run', ['share', `${places.directory('files')}/slow.bin`]);
  const page = await open(browser, run.web);
  await shows(page, '.row .name', 'slow.bin');
  await go(page, '#/shares/1', '.detail h2');
  await shows(page, '.detail .chip', 'Seeding');
  const buttons = await page.$$eval('button', (found) => found.filter((button) => button.checkVisibility()).map((button) => button.textContent));
  assert.deepEqual(buttons, ['Copy link']);
  await go(page, '#/network', '.limits input');
  await page.type('.limits label:nth-of-type(2) input', '1 MB/s');
  await press(page, '.limits button');
  await shows(page, '.message', 'The limits are set');
  assert.deepEqual(page.faults, []);
  await page.close();
  await run.stop();
});

test('that of a command that shares a folder shows its files', async (t) => {
  const run = await Run.start(places, 'each', ['share', '--each', '--watch', `${places.directory('files')}/many`]);
  t.after(() => run.stop());
  const page = await open(browser, run.web);
  await shows(page, '.row .name', 'many');
  await go(page, '#/shares/1', '.detail .slot.file');
  await shows(page, '.detail .chip', 'Seeding');
  await shows(page, '.detail .files .name', 'part 0.txt');
  const address = await page.$eval('.detail .files a', (link) => link.getAttribute('href'));
  assert.equal(await page.evaluate(async (file) => (await fetch(file)).text(), address), '0');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('with a keyboard alone: to the list, along it, into a share', async () => {
  const page = await open(browser, getter.web);
  await page.waitForSelector('.row');
  for (let presses = 0; presses < 15; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.matches('a.row'))) break;
  }
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  await page.keyboard.press('ArrowDown');
  const second = await page.evaluate(() => document.activeElement.getAttribute('href'));
  assert.notEqual(first, second);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.detail h2');
  assert.equal(await page.evaluate(() => location.hash), second);
  await page.close();
});

test('a thousand shares: only those that are seen exist, and ten thousand updates leave nothing behind', async () => {
  const page = await open(browser, getter.web);
  await page.evaluate(() => { location.hash = '#/shares'; });
  const share = (await getter.call('GET', 'shares')).shares.find((each) => each.id === marked.id);
  // Through the page's own reader of events: a daemon that sends them as fast as they are read.
  await page.setRequestInterception(true);
  const rounds = [];
  for (let at = 0; at < 10_000; ++at) {
    const id = 10_000 + at % SMALL_SHARES;
    rounds.push(`event: share\ndata: ${JSON.stringify({ ...share, id, name: `file ${id}`, up_rate: at, uploaded: at * 7 })}\n\n`);
  }
  const daemon = JSON.stringify({ daemon: (await getter.call('GET', 'daemon')).daemon, version: 'x' });
  const stream = `event: daemon\ndata: ${daemon}\n\n${rounds.join('')}event: ready\ndata: {}\n\n`;
  page.on('request', (request) => {
    if (!request.url().endsWith('/api/events')) return request.continue();
    return request.respond({ status: 200, contentType: 'text/event-stream', body: stream });
  });
  const client = await page.createCDPSession();
  const heap = async () => {
    await client.send('HeapProfiler.collectGarbage');
    return (await client.send('Runtime.getHeapUsage')).usedSize;
  };
  const nodes = () => page.evaluate(() => document.querySelectorAll('*').length);
  const whole = async () => {
    await page.waitForFunction((count) => document.querySelector('.count').textContent.includes(count), {}, '1,000 shares');
    await page.waitForSelector('.row');
  };
  await page.reload();
  await whole();
  const rows = await page.$$eval('.slot:not([hidden])', (found) => found.length);
  assert.ok(rows > 5 && rows < 40, `${rows} rows exist`);
  // The stream ends and is asked for again: each time another 10,000 updates.
  const requests = () => page.waitForRequest((request) => request.url().endsWith('/api/events'));
  await requests();
  const [heapBefore, nodesBefore] = [await heap(), await nodes()];
  await requests();
  await requests();
  const [heapAfter, nodesAfter] = [await heap(), await nodes()];
  assert.ok(heapAfter < heapBefore * 1.15 + 1_000_000, `the heap grew from ${heapBefore} to ${heapAfter}`);
  assert.ok(nodesAfter < nodesBefore + 50, `the page grew from ${nodesBefore} to ${nodesAfter} elements`);
  await page.close();
});
