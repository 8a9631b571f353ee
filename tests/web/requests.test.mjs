// What the web port refuses, byte by byte: browsers would not send most of it.
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Daemon, Places } from './stp.mjs';

let places, daemon;

before(async () => {
  places = new Places();
  daemon = await Daemon.start(places, 'one');
});

after(async () => {
  await daemon?.stop();
  places?.remove();
});

/** Sends a request as it is; its status, head and body. */
function ask(url, line, fields, body = '') {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
    let text = '';
    socket.on('data', (bytes) => { text += bytes; });
    socket.on('end', () => {
      const [head, ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') });
    });
    socket.on('error', reject);
    const lines = [`${line} HTTP/1.1`, 'Connection: close', ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`)];
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}

const kind = (answer) => JSON.parse(answer.body).error?.kind;

test('the page comes with a strict policy', async () => {
  const host = new URL(daemon.web).host;
  for (const [path, type] of [['/', 'text/html'], ['/stp.js', 'text/javascript'], ['/stp.css', 'text/css'], ['/icon.svg', 'image/svg+xml']]) {
    const answer = await ask(daemon.web, `GET ${path}`, { Host: host });
    assert.equal(answer.status, 200);
    assert.ok(answer.head.includes(`Content-Type: ${type}`), answer.head);
    assert.ok(answer.head.includes("default-src 'none'; script-src 'self'; style-src 'self'"));
    assert.ok(!/unsafe|http:|https:|\*/.test(/Content-Security-Policy: (.*)/.exec(answer.head)[1]));
    assert.ok(answer.head.includes('X-Content-Type-Options: nosniff'));
  }
  const page = await ask(daemon.web, 'GET /', { Host: host });
  assert.ok(!/<script>|<style|style=|onload=|https?:/.test(page.body), page.body);
  assert.equal((await ask(daemon.web, 'GET /../etc/passwd', { Host: host })).status, 404);
  assert.equal((await ask(daemon.web, 'POST /', { Host: host, 'Content-Length': 0 })).status, 405);
});

test('foreign hosts and sites are refused', async () => {
  const { host, port } = new URL(daemon.web);
  const rows = [
    ['a name that resolves to us', { Host: `evil.example:${port}` }, 421, 'wrong_host'],
    ['no host', {}, 421, 'wrong_host'],
    ['another site', { Host: host, Origin: 'https://evil.example' }, 403, 'foreign_page'],
    ['a page without a site', { Host: host, Origin: 'null' }, 403, 'foreign_page'],
    ['another port of this machine', { Host: host, Origin: 'http://127.0.0.1:1' }, 403, 'foreign_page'],
    ['an image of another site', { Host: host, 'Sec-Fetch-Site': 'cross-site' }, 403, 'foreign_page'],
  ];
  for (const [what, fields, status, why] of rows) {
    const answer = await ask(daemon.web, 'GET /api/shares', fields);
    assert.equal(answer.status, status, what);
    assert.equal(kind(answer), why, what);
  }
  assert.equal((await ask(daemon.web, 'GET /', { Host: 'evil.example' })).status, 421);
  for (const fields of [{ Host: host }, { Host: `localhost:${port}` }, { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }]) {
    assert.equal((await ask(daemon.web, 'GET /api/shares', fields)).status, 200);
  }
  const form = { Host: host, 'Content-Type': 'text/plain', 'Content-Length': 2 };
  assert.equal(kind(await ask(daemon.web, 'POST /api/daemon/limits', form, '{}')), 'not_json');
});

test('at an address that others can reach, a token is needed', async () => {
  const open = await Daemon.start(places, 'open', [], ['0.0.0.0:0']);
  try {
    const url = new URL(open.web);
    const token = url.hash.replace('#token=', '');
    assert.match(token, /^[\w-]{24}$/);
    const host = `127.0.0.1:${url.port}`;
    const here = `http://${host}/`;
    assert.equal(kind(await ask(here, 'GET /api/shares', { Host: host })), 'no_token');
    assert.equal((await ask(here, 'GET /api/shares', { Host: host })).status, 401);
    const wrong = `Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    assert.equal(kind(await ask(here, 'GET /api/events', { Host: host, Authorization: wrong })), 'no_token');
    const right = { Host: host, Authorization: `Bearer ${token}` };
    assert.equal((await ask(here, 'GET /api/shares', right)).status, 200);
    assert.equal((await ask(here, 'GET /', { Host: host })).status, 200, 'the page itself has no secrets');
  } finally {
    await open.stop();
  }
});

test('a .torrent file is described, kept, and found by an order with its link', async () => {
  const data = readFileSync(new URL('../vectors/bep52_hybrid.torrent', import.meta.url));
  const torrent = await daemon.call('POST', 'torrents', { data: data.toString('base64url') });
  assert.equal(torrent.file_count, torrent.files.length);
  assert.equal(torrent.bytes, torrent.files.reduce((sum, file) => sum + file.bytes, 0));
  assert.match(torrent.link, /^magnet:\?xt=urn:bt/);
  const share = await daemon.add({ kind: 'get', link: torrent.link, directory: places.directory('got') });
  const known = await daemon.until(share.id, (each) => each.bytes !== null);
  assert.equal(known.bytes, torrent.bytes, 'known without any peer');
  assert.equal(known.name, torrent.name);
  await assert.rejects(daemon.call('POST', 'torrents', { data: data.subarray(1).toString('base64url') }), /torrents: /);
});

test('chunks, the DHT, the log and limits', async () => {
  const path = `${places.directory('files')}/file.bin`;
  writeFileSync(path, Buffer.alloc(1_000_000, 7));
  const { id } = await daemon.add({ kind: 'seed', paths: [path] });
  await daemon.until(id, (share) => share.state === 'seeding');
  const { chunks } = await daemon.call('GET', `shares/${id}/chunks?cells=5`);
  assert.ok(chunks.count > 5);
  assert.deepEqual(chunks.had, [100, 100, 100, 100, 100]);
  assert.deepEqual(chunks.availability, [0, 0, 0, 0, 0]);
  assert.equal((await daemon.call('GET', 'dht')).dht, null, 'it runs without');
  const limits = { up_limit: 123456, down_limit: 0 };
  assert.equal((await daemon.call('POST', 'daemon/limits', limits)).daemon.settings.up_limit, 123456);
  assert.equal((await daemon.call('GET', 'daemon')).daemon.settings.up_limit, 123456);
  const broken = await daemon.add({ kind: 'get', link: 'magnet:?xt=urn:btmh:1220' + '0'.repeat(64), directory: '/proc/none' });
  await assert.rejects(daemon.until(broken.id, () => false));
  const folder = places.directory('linked');
  writeFileSync(`${folder}/file.txt`, 'x');
  symlinkSync('/etc', `${folder}/elsewhere`);  // left out, with a warning
  const linked = await daemon.add({ kind: 'seed', paths: [folder] });
  await daemon.until(linked.id, (share) => share.state === 'seeding');
  const { log } = await daemon.call('GET', 'log');
  assert.deepEqual(log.map((line) => line.id), [linked.id]);
  for (const [at, line] of log.entries()) {
    assert.equal(line.number, at + 1);
    assert.ok(Math.abs(line.time - Date.now() / 1000) < 600 && line.message.length > 0);
  }
  assert.deepEqual((await daemon.call('GET', `log?after=${log.length}`)).log, []);
});
