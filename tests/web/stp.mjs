// Daemons and trackers for the tests: real ones, on loopback, each with directories of its own.
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

/** Starts `stp` with --json; `{ child, ended, event }`, where `event` is the first one that is called so. */
async function start(home, args, wanted) {
  const child = spawn(binary, [...args, '--json'], {
    env: { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: `${home}/state`, XDG_CACHE_HOME: `${home}/cache` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let stderr = '';
  child.stderr.on('data', (text) => { stderr += text; });
  const event = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.event === wanted) resolve(said);
    });
    child.once('exit', (code) => reject(new Error(`stp ${args[0]} ended with ${code}: ${stderr}`)));
  });
  return { child, ended, event };
}

export class Tracker {
  static async start(places) {
    const tracker = new Tracker();
    Object.assign(tracker, await start(places.directory('tracker'), ['tracker', '--listen', '127.0.0.1:0'], 'listening'));
    tracker.url = tracker.event.url;
    tracker.web = tracker.url.replace(/announce$/, '');
    return tracker;
  }

  /** A peer of this swarm (20 bytes, in hex) at `port`. */
  async announce(swarm, port, left) {
    const hash = swarm.replace(/../g, '%$&');
    const response = await fetch(`${this.url}?info_hash=${hash}&peer_id=${'b'.repeat(20)}&port=${port}&left=${left}`);
    const answer = await response.text();
    if (!answer.includes('8:interval')) throw new Error(answer);
  }

  async shares() {
    return (await fetch(`${this.web}api/shares`)).json();
  }

  async figures() {
    return (await fetch(`${this.web}stats.json`)).json();
  }

  async stop() {
    this.child.kill('SIGINT');
    await this.ended;
  }
}

/** A command with a dashboard of its own. */
export class Run {
  static async start(places, name, args) {
    const run = new Run();
    const flags = ['--no-lan', '--no-port-map', '--listen', '127.0.0.1:0', '--web=127.0.0.1:0', '--bootstrap', 'none'];
    Object.assign(run, await start(places.directory(name), [...args, ...flags], 'web'));
    run.web = run.event.url;
    return run;
  }

  async stop() {
    this.child.kill('SIGINT');
    await this.ended;
  }
}

export class Daemon {
  /** Ready when this resolves. */
  static async start(places, name, flags = [], [web = '127.0.0.1:0'] = []) {
    const home = places.directory(name);
    const args = ['daemon', '--no-lan', '--no-port-map', '--listen', '127.0.0.1:0', `--web=${web}`, ...flags];
    if (!flags.includes('--bootstrap')) args.push('--no-dht');
    const daemon = new Daemon();
    const { child, ended, event: ready } = await start(home, args, 'ready');
    Object.assign(daemon, { child, ended, home });
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
