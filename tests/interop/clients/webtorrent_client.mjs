#!/usr/bin/env node
// WebTorrent in node, as a TCP peer. Usage: client.py; it keeps nothing in DIR.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const text = { type: 'string' }
const { values: options, positionals: [mode, target, directory] } = parseArgs({
  allowPositionals: true,
  options: {
    state: text, address: { ...text, default: '127.0.0.1' }, port: { ...text, default: '6881' },
    tracker: { ...text, multiple: true, default: [] }, peer: { ...text, multiple: true, default: [] },
    dht: text, lan: { type: 'boolean' }, 'down-limit': { ...text, default: '0' }
  }
})
const module = resolve(process.env.STP_CLIENTS ?? '', 'webtorrent/node_modules/webtorrent/index.js')
if (!existsSync(module)) {
  console.error('webtorrent (npm) is not installed')
  process.exit(3)
}
const { default: WebTorrent } = await import(pathToFileURL(module).href)

const client = new WebTorrent({
  torrentPort: Number(options.port), dhtPort: Number(options.port), utp: false, natUpnp: false, natPmp: false,
  dht: options.dht ? { bootstrap: [options.dht] } : false, lsd: Boolean(options.lan), webSeeds: false,
  downloadLimit: Number(options['down-limit']) || -1
})
const fail = error => { console.error(error); process.exit(1) }
client.on('error', fail)
mkdirSync(directory, { recursive: true })
const torrent = client.add(target.startsWith('magnet:') ? target : readFileSync(target),
  { path: resolve(directory), announce: options.tracker })
torrent.on('error', fail)
torrent.on('warning', warning => console.error(String(warning)))

let had = -1
let complete = false
function progress () {
  if (torrent.downloaded !== had && torrent.ready) console.log(`have ${had = torrent.downloaded}`)
  if (torrent.done && !complete) {
    complete = true
    console.log('complete')
  }
}
torrent.on('infoHash', () => {
  const begin = () => {
    console.log(`listening ${options.address}:${client.torrentPort}`)
    for (const peer of options.peer) torrent.addPeer(peer)
    setInterval(progress, 100)
  }
  if (client.listening) begin()
  else client.once('listening', begin)
})
