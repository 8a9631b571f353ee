// Daemons for the tests: real ones, on loopback, each with directories of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

const binary = process.env.STP_BINARY;

export class Places {
  root = mkdtempSync(`${tmpdir()}/stp-web-`);

  directory(name) {
    mkdirSync(`${this.root}/${name}`, { recursive: true });
    return `${this.root}/${name}`;
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export class Daemon {
  /** Ready when this resolves. */
  static async start(places, name, flags = [], [web = '127.0.0.1:0'] = []) {
    const home = places.directory(name);
    const args = ['daemon', '--json', '--no-lan', '--no-port-map', '--listen', '127.0.0.1:0', `--web=${web}`, ...flags];
    if (!flags.includes('--bootstrap')) args.push('--no-dht');
    const child = spawn(binary, args, {
      env: { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: `${home}/state`, XDG_CACHE_HOME: `${home}/cache` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const daemon = new Daemon();
    daemon.child = child;
    daemon.home = home;
    daemon.ended = new Promise((resolve) => child.once('exit', resolve));
    let stderr = '';
    child.stderr.on('data', (text) => { stderr += text; });
    const ready = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const event = JSON.parse(line);
        if (event.event === 'ready') resolve(event);
      });
      child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}: ${stderr}`)));
    });
    daemon.web = ready.web;
    daemon.endpoint = ready.endpoint;
    return daemon;
  }

  async call(method, path, body) {
    const changes = method !== 'GET';
    const response = await fetch(`${this.web}api/${path}`, {
      method,
      headers: changes ? { 'Content-Type': 'application/json' } : {},
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    const answer = await response.json();
    if (answer.error) throw new Error(`${path}: ${answer.error.message}`);
    return answer;
  }

  add(order) {
    return this.call('POST', 'shares', order).then((answer) => answer.share);
  }

  /** The share once `holds` of it, by its events. */
  async until(id, holds) {
    const stop = new AbortController();
    const response = await fetch(`${this.web}api/events`, { signal: stop.signal });
    let pending = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      pending += text;
      const events = pending.split('\n\n');
      pending = events.pop();
      for (const event of events) {
        if (!event.startsWith('event: share\n')) continue;
        const share = JSON.parse(event.slice(event.indexOf('data: ') + 6));
        if (share.id !== id) continue;
        if (share.error) throw new Error(share.error.message);
        if (!holds(share)) continue;
        stop.abort();
        return share;
      }
    }
    throw new Error('the daemon has ended');
  }

  async stop() {
    this.child.kill('SIGINT');
    await this.ended;
  }
}
